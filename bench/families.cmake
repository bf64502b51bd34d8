# SPDX-License-Identifier: MIT
# bench/cases/*.c by file name -> the list that host and payload both include, and its hash.
file(GLOB FPB_CASES CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/bench/cases/*.c)
list(SORT FPB_CASES)
set(families "")
foreach(case IN LISTS FPB_CASES)
	cmake_path(GET case STEM stem)
	string(APPEND families "FAMILY(${stem})\n")
endforeach()
set(FPB_GENERATED ${CMAKE_BINARY_DIR}/generated)
file(CONFIGURE OUTPUT ${FPB_GENERATED}/families.inc CONTENT "${families}" @ONLY)

# Whatever both sides are compiled from counts: a payload of other sources is refused.
file(GLOB shared_headers CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/bench/cases/*.h
	${CMAKE_SOURCE_DIR}/guest/x86/*.h)
list(SORT shared_headers)
set(FPB_LIST_SOURCES ${FPB_CASES} ${shared_headers}
	${CMAKE_SOURCE_DIR}/bench/abi.h ${CMAKE_SOURCE_DIR}/bench/bench.h
	${CMAKE_SOURCE_DIR}/bench/loop.h ${FPB_GENERATED}/families.inc)
add_custom_command(
	OUTPUT ${FPB_GENERATED}/list_hash.h
	COMMAND ${CMAKE_COMMAND} -DOUT=${FPB_GENERATED}/list_hash.h -DNAME=FPB_LIST_HASH
		-DBITS=64 "-DFILES=${FPB_LIST_SOURCES}" -P ${CMAKE_SOURCE_DIR}/bench/hash.cmake
	DEPENDS ${FPB_LIST_SOURCES} ${CMAKE_SOURCE_DIR}/bench/hash.cmake
	VERBATIM)
add_custom_target(fpb_list_hash DEPENDS ${FPB_GENERATED}/list_hash.h)
