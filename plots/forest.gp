# SPDX-License-Identifier: MIT
# forest.gp - the ratio of each judged row, its interval and what is too small to matter.
stats data index 'rows' using 1 nooutput
nr_rows = STATS_records
stats data index 'axis' using 1 nooutput
low = STATS_max
stats data index 'axis' using 2 nooutput
high = STATS_max

ROW_INCHES = 0.115
AXIS_INCHES = 0.36
HEAD_INCHES = 0.28
HEIGHT = ROW_INCHES * nr_rows + AXIS_INCHES + HEAD_INCHES
eval OPEN

set lmargin at screen across(2.12)
set rmargin at screen across(WIDTH - 0.14)
set bmargin at screen above(AXIS_INCHES)
set tmargin at screen above(AXIS_INCHES + ROW_INCHES * nr_rows)
set xrange [low : high]
set yrange [nr_rows - 0.5 : -0.5]
unset ytics
set xtics step(high - low, 5) add ('0' 0)
set format x '%+g'
set xlabel 'difference in %' offset 0, 0.5 font SMALL
set grid x noy
set border 1
set arrow 1 from 0, graph 0 to 0, graph 1 nohead lc rgb '#000000' lw 0.7 front
set label 2 'new: '.text_label2 at screen across(WIDTH - 0.14), above(HEIGHT - 0.08) \
	right noenhanced font SMALL
set label 3 'base: '.text_label1 at screen across(WIDTH - 0.14), above(HEIGHT - 0.185) \
	right noenhanced font SMALL
unset key

# Verdicts: 0 pass, 1 regression, 2 improvement, 3 inconclusive, 4 not gated.
is(v, shown) = v == shown ? 1 : NaN
VERMILLION = '#D55E00'
BLUE = '#0072B2'

# Points and whiskers apart: a row may have no interval.
plot data index 'rows' using (0):1:(-$6 < low ? low : -$6):6:($1 - 0.5):($1 + 0.5) with boxxyerror \
		fs solid noborder fc rgb '#dddddd', \
	'' index 'rows' using (low):1:2 with labels right offset -0.4, 0 noenhanced font SMALL, \
	'' index 'rows' using 4:1:($5 - $4):(0) with vectors nohead lw 0.8 dt solid lc rgb '#555555', \
	'' index 'rows' using ($3 * is($7, 1)):1 with points pt 7 ps 0.45 lc rgb VERMILLION, \
	'' index 'rows' using ($3 * is($7, 2)):1 with points pt 5 ps 0.45 lc rgb BLUE, \
	'' index 'rows' using ($3 * is($7, 0)):1 with points pt 1 ps 0.45 lc rgb 'black', \
	'' index 'rows' using ($3 * is($7, 3)):1 with points pt 6 ps 0.45 lc rgb 'black', \
	'' index 'rows' using ($3 * is($7, 4)):1 with points pt 2 ps 0.45 lc rgb '#777777', \
	'' index 'rows' using ($3 > 0 ? $3 : NaN):1:8 with labels right offset -1, 0 noenhanced font SMALL, \
	'' index 'rows' using ($3 < 0 ? $3 : NaN):1:8 with labels left offset 1, 0 noenhanced font SMALL
