# SPDX-License-Identifier: MIT
# path_length.gp - instructions an exit takes, over kernel builds; a strip for each kind of exit.
stats data index 'layout' using (lines_in = $1, bar = $2, bar_in = $3, nr_builds = $4) nooutput
stats data index 'builds' using (strlen(strcol(2))) nooutput
LABELS_INCHES = 0.12 + 0.048 * STATS_max
HEIGHT = lines_in + LABELS_INCHES + 0.14
eval OPEN
# As the data file reckons: of all builds, and for a label of the last one to reach beyond it.
BUILDS_INCHES = 2.6
BEYOND_INCHES = 0.2

# One unit of y is an inch, so that all strips have one scale whatever stands between them.
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

if (bar > 0) {
	set arrow 1 from screen across(0.3), above(LABELS_INCHES + 0.08) \
		rto screen 0, bar_in / TOTAL heads size screen 0.006, 90 lc rgb '#333333' lw 0.8
	set label 2 sprintf('%g %s', bar, 'insn') at screen across(0.22), \
		above(LABELS_INCHES + 0.08 + bar_in / 2) rotate by 90 center noenhanced \
		font points(5.5)
}

plot data index 'builds' using 1:(-0.08):2 with labels rotate by 60 right offset 0.4, -0.5 \
		noenhanced font SMALL, \
	data index 'levels' using 1:5:(0):($4 - $5) with vectors nohead lt 8 lw 0.8, \
	data index 'levels' using 1:4:($2 - $1):(0) with vectors nohead lt 3 dt 1 lw 1.8, \
	data index 'values' using 1:($2 + 0.065):3 with labels center noenhanced font points(5.5), \
	data index 'strips' using (0.5):($1 + 0.19):2 with labels left noenhanced font points(6.5)
