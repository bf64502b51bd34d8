# SPDX-License-Identifier: MIT
# The C API over Google Benchmark, the project's only C++. Needs find_package(benchmark).
if(benchmark_VERSION VERSION_LESS 1.7 OR benchmark_VERSION VERSION_GREATER_EQUAL 1.8)
	message(FATAL_ERROR "gbench.cc is written against Google Benchmark 1.7, "
		"this is ${benchmark_VERSION}")
endif()

add_library(fpb_gbench STATIC ${CMAKE_CURRENT_LIST_DIR}/gbench.cc)
target_link_libraries(fpb_gbench PUBLIC fpb_common PRIVATE benchmark::benchmark)
target_compile_features(fpb_gbench PRIVATE cxx_std_17)
target_compile_options(fpb_gbench PRIVATE -Wall -Wextra -Wshadow $<$<BOOL:${FPB_WERROR}>:-Werror>)
target_compile_definitions(fpb_gbench PRIVATE GB_LIBRARY_VERSION="${benchmark_VERSION}")

add_executable(gbench_example ${CMAKE_CURRENT_LIST_DIR}/examples/gbench_example.c)
target_link_libraries(gbench_example PRIVATE fpb_common fpb_gbench)
# Enums of the C API may hold any integer a C caller stored; they are checked, not trusted.
set_source_files_properties(gbench.cc PROPERTIES COMPILE_OPTIONS -fno-sanitize=enum)
