# SPDX-License-Identifier: MIT
# Of the source tree itself. Debian's python3, whatever else is first on PATH.
set(FPB_PYTHON /usr/bin/python3 CACHE FILEPATH "Python 3 of the tests, with jsonschema")
add_test(NAME unit/include_rule
	COMMAND ${FPB_PYTHON} ${CMAKE_CURRENT_SOURCE_DIR}/include_rule.py ${CMAKE_SOURCE_DIR})
add_test(NAME unit/include_rule_self_test
	COMMAND ${FPB_PYTHON} ${CMAKE_CURRENT_SOURCE_DIR}/include_rule.py --self-test)
add_test(NAME unit/gate_power
	COMMAND ${FPB_PYTHON} -B ${CMAKE_SOURCE_DIR}/tests/noise/test_gate_power.py)
set_tests_properties(unit/include_rule unit/include_rule_self_test unit/gate_power PROPERTIES
	LABELS unit TIMEOUT 60)

# Numbers of the kernel's interfaces, and of its insides where a linux-headers package is there.
find_program(FPB_GCC gcc)
file(GLOB kernel_headers /usr/src/linux-headers-*-common)
list(POP_BACK kernel_headers newest_headers)
if(FPB_GCC)
	add_test(NAME unit/numbers COMMAND ${FPB_PYTHON} -B ${CMAKE_CURRENT_SOURCE_DIR}/check_numbers.py
		${FPB_GCC} ${CMAKE_SOURCE_DIR} ${newest_headers})
	set_tests_properties(unit/numbers PROPERTIES LABELS unit TIMEOUT 60)
endif()
