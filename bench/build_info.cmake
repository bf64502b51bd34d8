# SPDX-License-Identifier: MIT
# cmake -D.. -P build_info.cmake: what suite.c reports, rewritten only when it changed.
cmake_minimum_required(VERSION 3.25)
find_program(GIT git)
set(commit unknown)
if(GIT)
	execute_process(COMMAND ${GIT} -C ${SOURCE} rev-parse HEAD OUTPUT_VARIABLE commit
		OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET RESULT_VARIABLE failed)
	if(failed)
		set(commit unknown)
	else()
		execute_process(COMMAND ${GIT} -C ${SOURCE} status --porcelain --untracked-files=no
			OUTPUT_VARIABLE changes ERROR_QUIET)
		if(NOT changes STREQUAL "")
			string(APPEND commit "-dirty")
		endif()
	endif()
endif()
file(CONFIGURE OUTPUT ${OUT} @ONLY CONTENT "#define FPB_VERSION \"@VERSION@\"
#define FPB_COMMIT \"@commit@\"
#define FPB_COMPILER \"@COMPILER@\"
#define FPB_FLAGS \"@FLAGS@\"
#define FPB_BUILD_TYPE \"@BUILD_TYPE@\"
")
