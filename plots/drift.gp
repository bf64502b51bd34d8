# SPDX-License-Identifier: MIT
# drift.gp - a session in the order measured: what all rows do at a time is the machine's doing.
stats data index 'points' using 1 nooutput
last = STATS_max
stats data index 'points' using 3 nooutput
has_guest = STATS_max > 0
stats data index 'axis' using 1 nooutput
low = STATS_max
stats data index 'axis' using 2 nooutput
high = STATS_max
margin = 0.05 * (high - low)

HEIGHT = 1.9
eval OPEN

set lmargin at screen across(0.5)
set rmargin at screen across(WIDTH - 0.08)
set bmargin at screen above(0.38)
set tmargin at screen above(HEIGHT - 0.32)
set xrange [0 : last + 1]
# Room for the names of the runs above all points.
set yrange [low - margin : high + 3.5 * margin]
set xtics step(last, 6)
set ytics step(high - low, 5) add ('0' 0)
set format y '%+g %%'
set xlabel 'place in the plan' offset 0, 0.4
set key at screen across(WIDTH - 0.08), above(HEIGHT - 0.02) right top horizontal samplen 0.5 font SMALL
set arrow 1 from graph 0, first 0 to graph 1, first 0 nohead lc rgb '#333333' lw 0.5

plot data index 'runs' using 2:(low - margin):(0):(high - low + 4.5 * margin) with vectors nohead lc rgb '#999999' lw 0.5 dt 3 notitle, \
	data index 'points' using 1:($3 == 0 && $5 == 0 ? $4 : NaN) with points pt 7 ps 0.22 lc rgb '#0072B2' title 'host', \
	data index 'points' using 1:($3 == 1 && $5 == 0 ? $4 : NaN) with points pt 4 ps 0.28 lc rgb '#D55E00' title has_guest ? 'guest, ring 0' : '', \
	data index 'points' using 1:($3 == 2 && $5 == 0 ? $4 : NaN) with points pt 8 ps 0.3 lc rgb '#009E73' title has_guest ? 'guest, ring 3' : '', \
	data index 'points' using 1:($5 != 0 ? $4 : NaN) with points pt 2 ps 0.35 lc rgb '#555555' notitle, \
	data index 'line' using 1:2 with lines lc rgb '#000000' lw 1.4 title 'running median', \
	data index 'runs' using (($2 + $3) / 2):(high + 2.2 * margin):(sprintf('run %d', $1)) with labels center noenhanced font SMALL notitle
