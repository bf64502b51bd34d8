/* SPDX-License-Identifier: MIT */
/* near.h - assertions on doubles: cmocka 1.1.5 compares floats only. */
#ifndef TESTS_UNIT_NEAR_H
#define TESTS_UNIT_NEAR_H

#include <math.h>

/* |have - expected| <= tolerance; a NaN is near nothing. */
#define assert_near(have, expected, tolerance)                                                     \
	do {                                                                                       \
		double have_ = (have), expected_ = (expected);                                     \
                                                                                                   \
		if (!(fabs(have_ - expected_) <= (tolerance)))                                     \
			fail_msg("%s is %.17g, expected %.17g", #have, have_, expected_);          \
	} while (0)

#endif
