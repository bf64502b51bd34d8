# SPDX-License-Identifier: MIT
# exit_cost.gp - cost of an exit by kind, for each kernel build.
stats data index 'kinds' using 1 nooutput
nr_kinds = STATS_records
stats data index 'points' using 2 nooutput
nr_builds = int(STATS_max) + 1
stats data index 'points' using 3 nooutput
lowest = STATS_min
stats data index 'points' using 5 nooutput
highest = STATS_max
is_log = lowest > 0 && highest > 20 * lowest

ROW_INCHES = 0.08 + 0.045 * nr_builds
LEGEND_INCHES = nr_builds > 1 ? 0.13 * nr_builds + 0.05 : 0.05
HEIGHT = ROW_INCHES * nr_kinds + LEGEND_INCHES + 0.42
eval OPEN

set lmargin at screen across(1.3)
set rmargin at screen across(WIDTH - 0.12)
set bmargin at screen above(0.38)
set tmargin at screen above(0.38 + ROW_INCHES * nr_kinds)
set key at screen across(WIDTH - 0.12), above(HEIGHT - 0.04) right top vertical samplen 1.5 spacing 0.95
if (nr_builds == 1) { set key off }

if (is_log) {
	set logscale x
	set xrange [lowest / 1.3 : highest * 1.3]
	set xlabel text_unit.' per exit (logarithmic)' noenhanced
	eval LOG_TICS
	edge = lowest / 1.3
} else {
	set xrange [(lowest < 0 ? lowest * 1.08 : 0) : highest * 1.08]
	set xlabel text_unit.' per exit' noenhanced
	edge = lowest < 0 ? lowest * 1.08 : 0
}
set xlabel offset 0, 0.4
set yrange [nr_kinds - 0.5 : -0.5]
unset ytics
if (!is_log) { set xtics step(highest * 1.08, 6) }
set grid x noy
place(kind, build) = kind + (build - (nr_builds - 1) / 2.0) * 0.7 / nr_builds

# No whisker where there is nothing between low and high.
plot data index 'kinds' using (edge):1:2 with labels right offset -0.6, 0 noenhanced font SMALL notitle, \
	for [b = 1 : nr_builds] data index 'points' \
		using ($2 == b - 1 && $4 < $5 ? $3 : NaN):(place($1, $2)):4:5 \
		with xerrorbars lt 1 lc b ps 0 notitle, \
	for [b = 1 : nr_builds] data index 'points' \
		using ($2 == b - 1 ? $3 : NaN):(place($1, $2)) with points lt b \
		title value('text_label'.b)
