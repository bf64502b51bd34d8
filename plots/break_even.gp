# SPDX-License-Identifier: MIT
# break_even.gp - XFD passed through or intercepted: a map of which is cheaper, by the model.
stats data index 'layout' using (least_x = $1, most_x = $2, least_y = $3, most_y = $4) nooutput
HEIGHT = 2.5
eval OPEN

set lmargin at screen across(0.52)
set rmargin at screen across(WIDTH - 0.15)
set bmargin at screen above(0.42)
set tmargin at screen above(HEIGHT - 0.08)
set logscale xy
set xrange [least_x : most_x]
set yrange [least_y : most_y]
set format xy '10^{%T}'
set xlabel 'WRMSR(XFD) by the guest, per second' noenhanced offset 0, 0.4
set ylabel 'VM exits per second' noenhanced offset 1.5, 0
set border 15
set key off

set label 2 text_label1 at graph 0.04, graph 0.93 left noenhanced font SMALL front
set label 3 text_label2 at graph 0.96, graph 0.07 right noenhanced font SMALL front

# Columns of the line: writes, exits, and between which exits the order is open.
set style fill solid 1 noborder
plot data index 'line' using 1:3:4 with filledcurves lc rgb '#e4e4e4', \
	data index 'line' using 1:3 with lines lt 8 lw 0.8 dt 2, \
	data index 'line' using 1:4 with lines lt 8 lw 0.8 dt 2, \
	data index 'line' using 1:2 with lines lt 3 dt 1 lw 2, \
	data index 'workload' using 1:2 with points lt 2 pt 7 ps 0.6, \
	data index 'workload' using 1:2:3 with labels left offset 0.6, 0 noenhanced font SMALL
