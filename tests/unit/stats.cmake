# SPDX-License-Identifier: MIT
foreach(thing changepoint holm interval judge permutation power random sums verdict)
	fpb_unit_test(test_${thing} LIBS fpb_stats)
endforeach()
