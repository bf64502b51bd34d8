# SPDX-License-Identifier: MIT
# xfd_parts.gp - what IA32_XFD passed through adds to exits; its #NM, part by part.
stats data index 'layout' using (nr_taxes = $1, nr_parts = $2, nr_builds = $3) nooutput
ROW_INCHES = 0.12 + 0.06 * nr_builds
# A panel's rows, its axis and the name of that.
panel(nr) = nr > 0 ? ROW_INCHES * nr + 0.48 : 0
LEGEND_INCHES = nr_builds > 1 ? 0.13 * nr_builds + 0.05 : 0.05
HEIGHT = panel(nr_taxes) + panel(nr_parts) + LEGEND_INCHES
eval OPEN

set multiplot
set lmargin at screen across(1.32)
set rmargin at screen across(WIDTH - 0.12)
set key at screen across(WIDTH - 0.12), above(HEIGHT - 0.04) right top vertical samplen 1.5 spacing 0.95
if (nr_builds < 2) { set key off }
unset ytics
set grid x noy
place(row, build) = row + (build - (nr_builds - 1) / 2.0) * 0.7 / nr_builds
lower(x) = x < 0 ? x * 1.08 : 0

# Of a panel: names of its two blocks and of its axis, its bottom in inches, its rows.
do for [which = 1 : 2] {
	nr_rows = which == 1 ? nr_taxes : nr_parts
	if (nr_rows > 0) {
		labels = which == 1 ? 'exits' : 'parts'
		values = which == 1 ? 'tax' : 'nm'
		bottom = 0.4 + (which == 1 ? panel(nr_parts) : 0)
		set autoscale # or stats leaves out what the panel before had no room for
		stats data index values using 4 nooutput
		lowest = STATS_min
		stats data index values using 5 nooutput
		highest = STATS_max > 0 ? STATS_max : 1
		edge = lower(lowest)
		set bmargin at screen above(bottom)
		set tmargin at screen above(bottom + ROW_INCHES * nr_rows)
		set yrange [nr_rows - 0.5 : -0.5]
		set xrange [edge : highest * 1.08]
		set xtics step(highest - edge, 5)
		set arrow 1 from 0, graph 0 to 0, graph 1 nohead lc rgb '#333333' lw 0.6
		set xlabel text_unit.(which == 1 ? ' more per exit, with XFD passed through' \
			: ' per #NM of XFD') noenhanced offset 0, 0.4 font points(6.5)
		plot data index labels using (edge):1:2 with labels right offset -0.6, 0 noenhanced \
			font SMALL notitle, \
			for [b = 1 : int(nr_builds)] data index values \
			using ($2 == b - 1 ? $3 : NaN):(place($1, $2)):4:5 with xerrorbars lt b \
			title value('text_label'.b)
		set key off
		eval CAPTION_DONE
	}
}
unset multiplot
