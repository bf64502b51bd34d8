# SPDX-License-Identifier: MIT
# ecdf.gp - distribution functions of a few rows, one panel each.
stats data index 'panels' using 1 nooutput
nr_panels = STATS_records
stats data index 'runs' using 2 nooutput
nr_builds = int(STATS_max) + 1
array low[nr_panels]
array high[nr_panels]
do for [i = 1 : nr_panels] {
	stats data index 'panels' using ($1 == i - 1 ? $4 : NaN) nooutput
	low[i] = STATS_max
	stats data index 'panels' using ($1 == i - 1 ? $5 : NaN) nooutput
	high[i] = STATS_max
}

columns = nr_panels > 1 ? 2 : 1
rows = (nr_panels + columns - 1) / columns
PANEL_INCHES = 0.95
TITLE_INCHES = 0.17
AXIS_INCHES = 0.36
ROW_INCHES = PANEL_INCHES + TITLE_INCHES + AXIS_INCHES
LEGEND_INCHES = 0.13 * nr_builds + 0.04
LEFT_INCHES = 0.42
COLUMN_INCHES = (WIDTH - LEFT_INCHES - 0.06) / columns
HEIGHT = rows * ROW_INCHES + LEGEND_INCHES
eval OPEN

set yrange [0 : 1.02]
set ytics 0.25
set format y '%g'
set xlabel offset 0, 0.5

set multiplot
do for [i = 1 : nr_panels] {
	row = (i - 1) / columns
	column = (i - 1) % columns
	bottom = (rows - 1 - row) * ROW_INCHES + AXIS_INCHES
	left = LEFT_INCHES + column * COLUMN_INCHES
	set lmargin at screen across(left)
	set rmargin at screen across(left + COLUMN_INCHES - 0.14)
	set bmargin at screen above(bottom)
	set tmargin at screen above(bottom + PANEL_INCHES)
	words = ''
	stats data index 'panels' using ($1 == i - 1 ? (words = strcol(2), 1) : 0) nooutput
	set label 1 words at graph 0, graph 1 offset 0, 0.6 left noenhanced font SMALL
	words = ''
	stats data index 'panels' using ($1 == i - 1 ? (words = strcol(3), 1) : 0) nooutput
	set xlabel words noenhanced font SMALL
	set xrange [low[i] : high[i]]
	width = step(high[i] - low[i], columns == 1 ? 6 : 3)
	set xtics width
	# "20k": room for neighbours.
	set format x (width >= 1000 ? '%.0s%c' : '%g')
	if (column == 0) {
		set format y '%g'
		set ylabel 'share' offset 1.5, 0 font SMALL
	} else {
		set format y ''
		unset ylabel
	}
	if (i == 1 && nr_builds > 1) {
		set key at screen across(WIDTH - 0.1), above(HEIGHT - 0.02) right top vertical samplen 2 spacing 0.95
	} else {
		unset key
	}
	plot for [b = 1 : nr_builds] data index 'batches' \
			using ($1 == i - 1 && $2 == b - 1 ? $3 : NaN):4 with steps lt b lw 0.8 \
			title value('text_label'.b), \
		for [b = 1 : nr_builds] data index 'runs' \
			using ($1 == i - 1 && $2 == b - 1 ? $3 : NaN):4 with points lt b notitle
	eval CAPTION_DONE
}
unset multiplot
