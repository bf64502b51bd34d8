# SPDX-License-Identifier: MIT
# style.gp - what all figures share: a column of a two-column paper, colours that colour-blind people
# tell apart (Okabe and Ito) and that dashes and points tell apart in grey.
#
# A script has before this: figure (its name) and format (svg, pdf or png). It sets, in inches, HEIGHT
# of the plot and what else stands on top of it, then: eval OPEN. The caption goes below.
# Names, units and labels are texts of the data file, never of a script: they are drawn as they are.

set encoding utf8
set decimalsign '.'
set datafile separator "\t"
set datafile commentschars '#'
set datafile missing 'NaN'
data = figure.'.dat'

WIDTH = 3.4
FONT = 'Helvetica'

# The block "texts" of the data file: key, text.
do for [key in 'unit label1 label2 label3 label4 label5 label6 label7 label8'] {
	text = ''
	stats data index 'texts' using (strcol(1) eq key ? (text = strcol(2), 1) : 0) nooutput
	eval 'text_'.key.' = text'
}
caption_lines = 0
stats data index 'texts' using (strcol(1) eq 'caption' ? (caption_lines = caption_lines + 1, 1) : 0) nooutput
LINE_INCHES = 0.105
CAPTION_INCHES = LINE_INCHES * caption_lines + 0.06

# Sizes of a font in points of the paper; svg counts in pixels, 96 to the inch.
points(size) = sprintf(',%g', format eq 'svg' ? size * 4 / 3 : size)
TEXT = points(7)
SMALL = points(6)

TERMINAL_svg = "svg size WIDTH * 96, TOTAL * 96 fixed font FONT.TEXT background rgb 'white'"
TERMINAL_pdf = "pdfcairo size WIDTH, TOTAL font FONT.TEXT fontscale 0.75 background rgb 'white'"
TERMINAL_png = "pngcairo size WIDTH * 300, TOTAL * 300 font FONT.TEXT fontscale 300.0 / 96 linewidth 2.5 pointscale 2.5 background rgb 'white'"

# From the bottom of the picture, as a fraction of it: y inches above the caption.
above(y) = (CAPTION_INCHES + y) / TOTAL
across(x) = x / WIDTH

CAPTION_LINE = "words = ''; seen = 0; \
	stats data index 'texts' using (strcol(1) eq 'caption' ? (seen = seen + 1, \
		seen == k ? (words = strcol(2), 1) : 0) : 0) nooutput; \
	set label 100 + k words at screen across(0.05), above(-LINE_INCHES * (k - 0.2)) left noenhanced font SMALL"
OPEN = "TOTAL = HEIGHT + CAPTION_INCHES; \
	eval 'set terminal '.value('TERMINAL_'.format); \
	set output figure.'.'.format; \
	do for [k = 1 : caption_lines] { eval CAPTION_LINE }"

# In a multiplot, after the first of the plots: the caption is drawn once.
CAPTION_DONE = "do for [k = 1 : caption_lines] { unset label 100 + k }"

# For a logarithmic x axis over lowest .. highest.
LOG_TICS = "set xtics (); \
	do for [d = int(floor(log10(lowest))) : int(ceil(log10(highest)))] { \
		do for [m in '1 2 5'] { set xtics add (sprintf('%g', m * 10.0 ** d) m * 10.0 ** d) } \
	}"

# At most nr steps of 1, 2 or 5 over a range.
decade(range, nr) = 10 ** floor(log10(range * 1.0 / nr))
step(range, nr) = (range * 1.0 / nr / decade(range, nr) <= 1 ? 1 : \
	range * 1.0 / nr / decade(range, nr) <= 2 ? 2 : \
	range * 1.0 / nr / decade(range, nr) <= 5 ? 5 : 10) * decade(range, nr)

set linetype 1 lc rgb '#000000' lw 1 dt 1 pt 7 ps 0.45
set linetype 2 lc rgb '#D55E00' lw 1 dt 2 pt 4 ps 0.45
set linetype 3 lc rgb '#0072B2' lw 1 dt 4 pt 8 ps 0.5
set linetype 4 lc rgb '#009E73' lw 1 dt 3 pt 5 ps 0.45
set linetype 5 lc rgb '#CC79A7' lw 1 dt 5 pt 10 ps 0.5
set linetype 6 lc rgb '#E69F00' lw 1 dt 6 pt 12 ps 0.55
set linetype 7 lc rgb '#56B4E9' lw 1 dt 2 pt 2 ps 0.45
set linetype 8 lc rgb '#777777' lw 1 dt 1 pt 1 ps 0.45

# No white disc below a point: it would cover short whiskers.
set pointintervalbox 0.001
set border 3 lc rgb '#333333' lw 0.6
set tics nomirror scale 0.5 font SMALL
set grid lt 1 lc rgb '#d8d8d8' lw 0.4, lt 1 lc rgb '#d8d8d8' lw 0.4
set key noenhanced
set offsets 0, 0, 0, 0
