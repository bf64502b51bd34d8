# SPDX-License-Identifier: MIT
set(report_fixture ${CMAKE_SOURCE_DIR}/tests/unit/report_fixture.c)

fpb_unit_test(test_summary LIBS fpb_stats)

fpb_unit_test(test_report_roundtrip SOURCES ${report_fixture} LIBS fpb_report)
target_link_options(test_report_roundtrip PRIVATE
	-Wl,--wrap=write,--wrap=fsync,--wrap=rename)

fpb_unit_test(test_report_read SOURCES ${report_fixture} ${CMAKE_CURRENT_LIST_DIR}/failing_memory.c LIBS fpb_report)
target_link_options(test_report_read PRIVATE
	-Wl,--wrap=malloc,--wrap=calloc,--wrap=realloc,--wrap=reallocarray,--wrap=strdup)

fpb_unit_test(test_builds_table SOURCES ${report_fixture} LIBS fpb_report)
fpb_unit_test(test_table SOURCES ${report_fixture} LIBS fpb_report)
fpb_unit_test(test_json_make LIBS fpb_report)

# Debian's interpreter: the one that apt's python3-jsonschema is for.
find_program(FPB_PYTHON NAMES python3 PATHS /usr/bin NO_DEFAULT_PATH)
if(FPB_PYTHON)
	file(GLOB good_reports CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/tests/fixtures/reports/good-*.json)
	file(GLOB bad_reports CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/tests/fixtures/reports/bad-*.json)
	set(check_schema ${FPB_PYTHON} ${CMAKE_SOURCE_DIR}/tests/e2e/check_schema.py)
	set(schema ${CMAKE_SOURCE_DIR}/docs/report.schema.json)
	add_test(NAME unit/schema_fixtures COMMAND ${check_schema} ${schema} ${good_reports})
	add_test(NAME unit/schema_bad_fixtures
		COMMAND ${check_schema} --invalid ${schema} ${bad_reports})
	set_tests_properties(unit/schema_fixtures unit/schema_bad_fixtures PROPERTIES
		LABELS unit TIMEOUT 60 SKIP_RETURN_CODE 77)
endif()
