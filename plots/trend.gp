# SPDX-License-Identifier: MIT
# trend.gp - rows over a series of builds, a strip for each, with the builds at which they changed.
stats data index 'layout' using (lines_in = $1, nr_builds = $2, nr_changes = $3) nooutput
stats data index 'builds' using (strlen(strcol(2))) nooutput
LABELS_INCHES = 0.12 + 0.048 * STATS_max
HEIGHT = lines_in + LABELS_INCHES + 0.12
eval OPEN
# As the data file reckons: of all builds, and for a label of the last one to reach beyond it.
BUILDS_INCHES = 2.6
BEYOND_INCHES = 0.2

# One unit of y is an inch from the lowest strip; the data file says where each value lies.
set lmargin at screen across(0.5)
set rmargin at screen across(0.5 + BUILDS_INCHES + BEYOND_INCHES)
set bmargin at screen above(LABELS_INCHES)
set tmargin at screen above(LABELS_INCHES + lines_in + 0.08)
set xrange [0.5 : nr_builds * (1 + BEYOND_INCHES / BUILDS_INCHES) + 0.5]
set yrange [-0.08 : lines_in]
set border 1
unset ytics
set grid noxtics noytics
unset xtics
set key off

rows = "data index 'builds' using 1:(-0.08):2 with labels rotate by 60 right offset 0.4, -0.5 \
		noenhanced font SMALL, \
	data index 'strips' using (0.5):($1 + 0.19):2 with labels left noenhanced font points(6.5), \
	data index 'ends' using (0.5):1:2 with labels right offset -0.5, 0 noenhanced font points(5)"
marks = "data index 'changes' using ($2 - 0.5):($3 - 0.03):(0):($4 + 0.06) with vectors nohead lt 8 lw 0.7 dt 3, \
	data index 'levels' using 1:4:($2 - $1):(0) with vectors nohead lt 3 dt 1 lw 1.5, \
	data index 'changes' using 5:($3 + $4 + 0.06):6 with labels center noenhanced font points(5) tc lt 2"
values = "data index 'points' using 2:4 with points lt 1 ps 0.35"
eval 'plot '.rows.', '.(nr_changes > 0 ? marks.', ' : '').values
