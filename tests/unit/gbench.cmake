# SPDX-License-Identifier: MIT
fpb_unit_test(test_gbench LIBS fpb_gbench PkgConfig::JANSSON m)

# bad_alloc passes through the test's own functions.
fpb_unit_test(test_gbench_nomem LIBS fpb_gbench)
target_compile_options(test_gbench_nomem PRIVATE -fexceptions)

fpb_unit_test(test_gbench_example LIBS PkgConfig::JANSSON)
target_compile_definitions(test_gbench_example PRIVATE
	GBENCH_EXAMPLE="$<TARGET_FILE:gbench_example>")
add_dependencies(test_gbench_example gbench_example)

# Once more in an environment that would change, or end, every run of the library.
add_test(NAME unit/test_gbench_environment COMMAND test_gbench)
set_tests_properties(unit/test_gbench_environment PROPERTIES
	LABELS unit TIMEOUT 60
	ENVIRONMENT "BENCHMARK_OUT=/nonexistent/file;BENCHMARK_REPETITIONS=7;BENCHMARK_FILTER=none;BENCHMARK_LIST_TESTS=true;BENCHMARK_CONTEXT=planted=1;BENCHMARK_TIME_UNIT=fortnight;BENCHMARK_FORMAT=xml;BENCHMARK_OUT_FORMAT=xml;BENCHMARK_COLOR=;BENCHMARK_REPORT_AGGREGATES_ONLY=true;BENCHMARK_MIN_WARMUP_TIME=0.2")
