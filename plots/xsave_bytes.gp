# SPDX-License-Identifier: MIT
# xsave_bytes.gp - saves above, restores below, against the bytes of state in use.
array INSTRUCTION[6] = ['XSAVE', 'XSAVEC', 'XSAVEOPT', 'XSAVES', 'XRSTOR', 'XRSTORS']
stats data index 'points' using 3 nooutput
most = STATS_max
stats data index 'points' using (-$2) nooutput
nr_panels = (STATS_min == -1) + (STATS_max == 0)
has_saves = STATS_max == 0
has_restores = STATS_min == -1

PANEL_INCHES = 1.15
GAP_INCHES = 0.1
HEAD_INCHES = 0.62
AXIS_INCHES = 0.4
HEIGHT = HEAD_INCHES + nr_panels * PANEL_INCHES + (nr_panels - 1) * GAP_INCHES + AXIS_INCHES
eval OPEN

set lmargin at screen across(0.48)
set rmargin at screen across(WIDTH - 0.72)
# Where AMX makes the others crowd in a corner.
is_log = most > 6000
if (is_log) {
	set logscale x 2
	set xrange [50 : most * 1.2]
} else {
	set xrange [0 : most * 1.05]
	set xtics step(most * 1.05, 6)
}
set key at graph 1.02, graph 1 left top Left reverse vertical samplen 1 spacing 0.95 font SMALL width -4

set multiplot
do for [panel = 0 : 1] {
	if (panel == 0 ? !has_saves : !has_restores) { continue }
	bottom = AXIS_INCHES + (panel == 0 && has_restores ? PANEL_INCHES + GAP_INCHES : 0)
	is_lowest = panel == 1 || !has_restores
	set bmargin at screen above(bottom)
	set tmargin at screen above(bottom + PANEL_INCHES)
	set ylabel (panel == 0 ? 'save, ' : 'restore, ').text_unit noenhanced offset 1.2, 0
	if (is_lowest) {
		set format x '%g'
		set xlabel 'bytes of state in use'.(is_log ? ' (logarithmic)' : '') offset 0, 0.4
	} else {
		set format x ''
		unset xlabel
	}
	# stats leaves out what lies outside of the range.
	set yrange [*:*]
	stats data index 'points' using ($2 == panel ? $6 : NaN) nooutput
	set yrange [0 : 1.08 * STATS_max]
	set ytics step(1.08 * STATS_max, 5)
	plot for [i = 1 : 6] data index 'points' \
			using ($1 == i - 1 && $2 == panel ? $3 : NaN):4:5:6 \
			with yerrorbars lt 1 lc i ps 0 notitle, \
		for [i = 1 : 6] data index 'points' \
			using ($1 == i - 1 && $2 == panel ? $3 : NaN):4 with linespoints lt i \
			title (i <= 4) == (panel == 0) ? INSTRUCTION[i] : ''
	eval CAPTION_DONE
}
# The names of the states, above all.
unset key
set border 0
unset tics
unset grid
unset xlabel
unset ylabel
set yrange [0 : 1]
set bmargin at screen above(HEIGHT - HEAD_INCHES)
set tmargin at screen above(HEIGHT)
plot data index 'states' using 1:(0.06):2 with labels left rotate by 90 noenhanced font SMALL notitle
unset multiplot
