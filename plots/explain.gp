# SPDX-License-Identifier: MIT
# explain.gp - instructions by function: of one kernel, or by how many two kernels differ.
stats data index 'layout' using (nr_bars = $1, nr_kernels = $2) nooutput
stats data index 'bars' using ($3 < 2 ? abs($2) : NaN) nooutput
longest = STATS_max
BAR_INCHES = 0.115
HEIGHT = BAR_INCHES * nr_bars + 0.6
eval OPEN

# Names stand on the other side of zero than the bars. Half of the width is theirs; of the other
# half some is left for the labels.
set lmargin at screen across(0.06)
set rmargin at screen across(WIDTH - 0.06)
set bmargin at screen above(0.4)
set tmargin at screen above(HEIGHT - 0.06)
reach = longest * 1.64
at(length, kind) = kind < 2 ? length : 0
set xrange [-reach : reach]
set yrange [nr_bars - 0.4 : -0.6]
set border 1
unset ytics
set grid x noy
by = step(longest, 3)
set xtics ("0" 0)
do for [i = 1 : floor(longest / by)] {
	set xtics add (sprintf('%g', i * by) i * by)
	if (nr_kernels > 1) { set xtics add (sprintf('%+g', i * by) i * by, \
		sprintf('%+g', -i * by) -i * by) }
}
set xlabel text_unit noenhanced offset 0, 0.4 font points(6.5)
set key off
set style fill solid 0.85 noborder
set arrow 1 from 0, graph 0 to 0, graph 1 nohead lc rgb '#333333' lw 0.6

# Columns: place, length, kind (0: a function, 2: others together), name, label.
paint(length, kind) = kind > 0 ? 0x999999 : nr_kernels < 2 || length < 0 ? 0x0072B2 : 0xD55E00
plot data index 'bars' using (0):1:(0):(at($2, $3)):($1 - 0.38):($1 + 0.38):(paint($2, $3)) \
		with boxxyerror lc rgb variable, \
	data index 'bars' using ($2 >= 0 ? at($2, $3) : NaN):1:5 with labels left offset 0.4, 0 \
		noenhanced font points(5.5), \
	data index 'bars' using ($2 < 0 ? at($2, $3) : NaN):1:5 with labels right offset -0.4, 0 \
		noenhanced font points(5.5), \
	data index 'bars' using ($2 >= 0 ? 0 : NaN):1:4 with labels right offset -0.4, 0 \
		noenhanced font points(5.5), \
	data index 'bars' using ($2 < 0 ? 0 : NaN):1:4 with labels left offset 0.4, 0 \
		noenhanced font points(5.5)
