# SPDX-License-Identifier: MIT
foreach(test IN ITEMS account break_even claims cost page workload)
	fpb_unit_test(test_model_${test}
		SOURCES ${CMAKE_CURRENT_LIST_DIR}/model_random.c LIBS fpb_model)
endforeach()
