/* SPDX-License-Identifier: MIT */
/* kvm_test.h - what every program of tests/kvm does around its tests. */
#ifndef TESTS_KVM_KVM_TEST_H
#define TESTS_KVM_KVM_TEST_H

#include <stddef.h>

struct CMUnitTest;

/*
 * Runs the tests and returns main()'s exit code: 77, with a line "SKIP: reason", where /dev/kvm
 * cannot be used; otherwise 1 when a test failed or the kernel logged a warning, a bug or an oops
 * meanwhile (where the log may be read).
 */
int kvm_test_main(const char *name, const struct CMUnitTest *tests, size_t nr);

#endif
