# SPDX-License-Identifier: MIT
fpb_unit_test(test_ctxsw SOURCES ${host_caps} LIBS ${core})

fpb_unit_test(test_probe_scheduler LIBS ${core})
target_link_options(test_probe_scheduler PRIVATE -Wl,--wrap=sched_setscheduler)
