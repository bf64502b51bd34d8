// SPDX-License-Identifier: MIT
/*
 * test_vmm_faults.c - every call of a VM's life fails in turn: the function that made it returns
 * that error, the message names the call, nothing stays open.
 *
 * The calls are those of struct kvm_sys, the allocations and the timer calls of the VMM; the last
 * two are wrapped by the linker.
 */
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "bench/core/guest.h"
#include "tests/unit/fake_kvm.h"
#include "tests/unit/fake_payload.h"

static struct {
	bool is_on; /* off: not a call of the code under test */
	unsigned int nr_timers;
} tracked;

void *__real_calloc(size_t nr, size_t size);
void *__wrap_calloc(size_t nr, size_t size);
void *__wrap_calloc(size_t nr, size_t size)
{
	if (tracked.is_on && fake_kvm_is_failing("calloc"))
		return NULL;
	return __real_calloc(nr, size);
}

int __wrap_sigaction(int signal, const struct sigaction *action, struct sigaction *old);
int __real_sigaction(int signal, const struct sigaction *action, struct sigaction *old);
int __wrap_sigaction(int signal, const struct sigaction *action, struct sigaction *old)
{
	if (tracked.is_on && fake_kvm_is_failing("sigaction")) {
		errno = -fake.fail_code;
		return -1;
	}
	return __real_sigaction(signal, action, old);
}

int __real_timer_create(clockid_t clock, struct sigevent *event, timer_t *timer);
int __wrap_timer_create(clockid_t clock, struct sigevent *event, timer_t *timer);
int __wrap_timer_create(clockid_t clock, struct sigevent *event, timer_t *timer)
{
	int ret = -1;

	if (fake_kvm_is_failing("timer_create"))
		errno = -fake.fail_code;
	else
		ret = __real_timer_create(clock, event, timer);
	if (ret == 0)
		tracked.nr_timers++;
	return ret;
}

int __real_timer_delete(timer_t timer);
int __wrap_timer_delete(timer_t timer);
int __wrap_timer_delete(timer_t timer)
{
	tracked.nr_timers--;
	return __real_timer_delete(timer);
}

int __real_timer_settime(timer_t timer, int flags, const struct itimerspec *when,
			 struct itimerspec *old);
int __wrap_timer_settime(timer_t timer, int flags, const struct itimerspec *when,
			 struct itimerspec *old);
int __wrap_timer_settime(timer_t timer, int flags, const struct itimerspec *when,
			 struct itimerspec *old)
{
	const bool is_start = when->it_value.tv_sec || when->it_value.tv_nsec;

	/* Disarming cannot fail on a timer that exists, and nobody asks. */
	if (is_start && fake_kvm_is_failing("timer_settime")) {
		errno = -fake.fail_code;
		return -1;
	}
	return __real_timer_settime(timer, flags, when, old);
}

static int use_vcpu(struct vm *vm, struct vcpu *vcpu, struct fpb_err *err)
{
	static uint8_t area[FAKE_XSAVE_BYTES];
	const struct vcpu_run_request how = { .timeout_ms = 60000 };
	struct vcpu_exit exit;
	uint64_t value;
	int ret = vm_answer_in_kernel(vm, ABI_PORT_PIO_KERNEL, err);

	if (ret)
		return ret;
	ret = vcpu_get_xsave(vcpu, area, err);
	if (ret)
		return ret;
	ret = vcpu_set_xsave(vcpu, area, err);
	if (ret)
		return ret;
	ret = vcpu_run(vcpu, &how, &exit, err);
	if (ret)
		return ret;
	assert_int_equal(exit.port, ABI_PORT_DOORBELL);
	assert_int_equal(exit.value, ABI_EVENT_READY);
	return kvm_stats_read(vcpu->stats, "fpu_reload", &value, err);
}

/* One life of the VMM's own objects. */
static int live_in_vmm(struct fpb_err *err)
{
	const struct vm_config config = {
		.sys = &kvm_sys_fake,
		.memory_bytes = ABI_MEMORY_BYTES,
		.has_irqchip = true,
	};
	struct vm *vm = (void *)&tracked;
	struct vcpu *vcpu = (void *)&tracked;
	struct fake_payload elf;
	struct payload payload;
	int ret = vm_create(&config, &vm, err);

	if (ret) {
		assert_null(vm);
		return ret;
	}
	fake_payload_init(&elf);
	ret = payload_load(&elf, sizeof(elf), vm->memory, vm->memory_bytes, &payload, err);
	if (!ret)
		ret = boot_write_tables(vm, &payload, err);
	assert_int_equal(ret, 0);
	ret = vcpu_create(vm, 0, &payload, VCPU_RING3, &vcpu, err);
	if (ret)
		assert_null(vcpu);
	else
		ret = use_vcpu(vm, vcpu, err);
	vcpu_destroy(vcpu);
	vm_destroy(vm);
	return ret;
}

/* Answers as the payload does: the handshake at the first KVM_RUN, then two batches. */
static int run_payload(struct kvm_run *run)
{
	const struct abi_image_info *info = (void *)(fake.memory + ABI_IMAGE_GPA);
	struct abi_shared *shared = (void *)(fake.memory + ABI_SHARED_GPA);

	shared->magic = info->magic;
	shared->version = info->version;
	shared->list_hash = info->list_hash;
	shared->nr_done = shared->request.nr_batches;
	shared->elapsed[0] = 11;
	shared->elapsed[1] = 22;
	fake_kvm_out(run, ABI_PORT_DOORBELL, ABI_EVENT_READY);
	return 0;
}

/* The same one floor up: the harness's guest. */
static int live_in_guest(struct fpb_err *err)
{
	const struct fpb_guest_config config = { .sys = &kvm_sys_fake, .ring = VCPU_RING3 };
	const struct vcpu_run_request how = { .timeout_ms = 60000 };
	const struct abi_request request = { .command = ABI_COMMAND_NULL, .nr_batches = 2 };
	struct fpb_guest guest;
	struct vcpu_exit exit;
	uint64_t ticks[2];
	int ret;

	fake.run = run_payload;
	ret = fpb_guest_create(&config, &guest, err);
	if (ret) {
		assert_null(guest.vm);
		assert_null(guest.vcpu);
		return ret;
	}
	ret = fpb_guest_command(&guest, &request, &how, &exit, err);
	if (!ret)
		ret = fpb_guest_elapsed(&guest, 2, ticks, err);
	if (!ret)
		assert_int_equal(ticks[1], 22);
	fpb_guest_destroy(&guest);
	return ret;
}

/* Returns what `live` does when call number `at` fails with `code`; 0: none fails. */
static int live_once(int (*live)(struct fpb_err *), unsigned int at, int code, struct fpb_err *err)
{
	int ret;

	fake_kvm_reset();
	fake.fail_at = at;
	fake.fail_code = code;
	*err = (struct fpb_err){ 0 };
	tracked.is_on = true;
	ret = live(err);
	tracked.is_on = false;
	assert_int_equal(fake_kvm_nr_open(), 0);
	assert_int_equal(fake_kvm_nr_mapped(), 0);
	assert_int_equal(tracked.nr_timers, 0);
	return ret;
}

/* What the failure of a call must come back as. */
static int expected_code(int code)
{
	if (strcmp(fake.failed, "calloc") == 0)
		return -ENOMEM;
	return code;
}

/* Allocations and timers are named by their purpose; the version is asked to know the device. */
static const char *expected_name(void)
{
	if (strcmp(fake.failed, "calloc") == 0)
		return "";
	if (strcmp(fake.failed, "KVM_GET_API_VERSION") == 0)
		return "/dev/kvm";
	return fake.failed;
}

static void fail_each_call(int (*live)(struct fpb_err *), unsigned int at_least)
{
	static const int codes[] = { -ENOMEM, -EINVAL, -EMFILE, -EBUSY, -EFAULT,
				     -EPERM,  -ENOTTY, -EIO,	-ENOSPC };
	struct fpb_err err;
	unsigned int nr_calls;

	assert_int_equal(live_once(live, 0, 0, &err), 0);
	assert_int_equal(err.code, 0);
	nr_calls = fake.nr_calls;
	assert_true(nr_calls >= at_least);
	for (unsigned int c = 0; c < sizeof(codes) / sizeof(codes[0]); c++) {
		for (unsigned int at = 1; at <= nr_calls; at++) {
			int ret = live_once(live, at, codes[c], &err);

			if (ret != expected_code(codes[c]) || err.code != ret ||
			    !strstr(err.text, expected_name()) || !err.text[0])
				fail_msg("call %u, %s, failing with %d: returned %d, error %d '%s'",
					 at, fake.failed, codes[c], ret, err.code, err.text);
		}
	}
	assert_int_equal(live_once(live, nr_calls + 1, -EIO, &err), 0);
}

static void test_vmm(void **state)
{
	(void)state;
	fail_each_call(live_in_vmm, 30);
}

static void test_guest(void **state)
{
	(void)state;
	fail_each_call(live_in_guest, 26);
}

/* A signal of somebody else may interrupt any ioctl, KVM_RUN too: it is made again. */
static void test_interrupted(void **state)
{
	struct fpb_err err;
	unsigned int nr_calls, nr_repeated = 0;

	(void)state;
	assert_int_equal(live_once(live_in_vmm, 0, 0, &err), 0);
	nr_calls = fake.nr_calls;
	for (unsigned int at = 1; at <= nr_calls; at++) {
		int ret = live_once(live_in_vmm, at, -EINTR, &err);
		bool is_repeated = strncmp(fake.failed, "KVM_", 4) == 0 &&
				   strcmp(fake.failed, "KVM_GET_API_VERSION") != 0;

		if (is_repeated)
			nr_repeated++;
		if (ret != (is_repeated ? 0 : expected_code(-EINTR)))
			fail_msg("call %u, %s, interrupted: returned %d '%s'", at, fake.failed, ret,
				 err.text);
	}
	assert_true(nr_repeated >= 15);
}

/* Nobody has to keep a record: a null pointer is no crash. */
static void test_without_record(void **state)
{
	struct fpb_err err;
	unsigned int nr_calls;

	(void)state;
	assert_int_equal(live_once(live_in_vmm, 0, 0, &err), 0);
	nr_calls = fake.nr_calls;
	for (unsigned int at = 1; at <= nr_calls; at++) {
		fake_kvm_reset();
		fake.fail_at = at;
		fake.fail_code = -EIO;
		tracked.is_on = true;
		assert_true(live_in_vmm(NULL) < 0);
		tracked.is_on = false;
	}
}

static void test_destroy_null(void **state)
{
	struct fpb_guest guest = { 0 };

	(void)state;
	vm_destroy(NULL);
	vcpu_destroy(NULL);
	kvm_stats_close(NULL);
	fpb_guest_destroy(&guest);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_vmm),	     cmocka_unit_test(test_guest),
		cmocka_unit_test(test_interrupted),  cmocka_unit_test(test_without_record),
		cmocka_unit_test(test_destroy_null),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
