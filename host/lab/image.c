// SPDX-License-Identifier: MIT
#include "host/lab/image.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "guest/linux/layout.h"
#include "host/lab/image_cache.h"
#include "host/lab/image_cpio.h"
#include "host/lab/image_program.h"

#define KERNEL_SUFFIX	 ".vmlinuz"
#define INITRAMFS_SUFFIX ".cpio"

/* guest/linux/init.c, linked (guest/embed.S). */
extern const uint8_t fpb_lab_init[];
extern const uint64_t fpb_lab_init_bytes;

_Static_assert(LAB_NEEDED_BY_AMD == LAYOUT_NEEDED_BY_AMD, "module list");
_Static_assert(LAB_NEEDED_BY_INTEL == LAYOUT_NEEDED_BY_INTEL, "module list");

static int add_arguments(struct lab_cpio *cpio, char *const arguments[], struct fpb_err *err)
{
	char *data = NULL;
	size_t bytes;
	FILE *stream = open_memstream(&data, &bytes);
	int ret;

	if (!stream)
		return FPB_FAIL(err, -ENOMEM, "initramfs: %s", LAYOUT_ARGUMENTS);
	for (size_t i = 0; arguments[i]; i++)
		fwrite(arguments[i], 1, strlen(arguments[i]) + 1, stream);
	if (fclose(stream))
		ret = FPB_FAIL(err, -ENOMEM, "initramfs: %s", LAYOUT_ARGUMENTS);
	else
		ret = lab_cpio_add(cpio, LAYOUT_ARGUMENTS, 0644, data, bytes, err);
	free(data);
	return ret;
}

/* Each module, and its line into `list`. */
static int add_each_module(struct lab_cpio *cpio, const struct lab_kernel *kernel, FILE *list,
			   struct fpb_err *err)
{
	for (size_t i = 0; i < kernel->nr_modules; i++) {
		const struct lab_module *module = &kernel->module[i];
		char *path;
		int ret;

		if (asprintf(&path, LAYOUT_MODULES "/%02zu-%s.ko", i, module->name) < 0)
			return FPB_FAIL(err, -ENOMEM, "initramfs: module %s", module->name);
		fprintf(list, "%s %u\n", path + strlen(LAYOUT_MODULES "/"), module->needed_by);
		ret = lab_cpio_add(cpio, path, 0644, module->image, module->bytes, err);
		free(path);
		if (ret)
			return ret;
	}
	return 0;
}

static int add_modules(struct lab_cpio *cpio, const struct lab_kernel *kernel, struct fpb_err *err)
{
	char *text = NULL;
	size_t bytes;
	FILE *list = open_memstream(&text, &bytes);
	int ret;

	if (!list)
		return FPB_FAIL(err, -ENOMEM, "initramfs: %s", LAYOUT_MODULE_LIST);
	ret = add_each_module(cpio, kernel, list, err);
	if (fclose(list) && !ret)
		ret = FPB_FAIL(err, -ENOMEM, "initramfs: %s", LAYOUT_MODULE_LIST);
	if (!ret)
		ret = lab_cpio_add(cpio, LAYOUT_MODULE_LIST, 0644, text, bytes, err);
	free(text);
	return ret;
}

static int make_initramfs(struct lab_cpio *cpio, const struct lab_kernel *kernel,
			  char *const arguments[], bool wants_symbols, struct fpb_err *err)
{
	int ret = lab_cpio_start(cpio, err);

	if (!ret)
		ret = lab_cpio_add(cpio, LAYOUT_INIT, 0755, fpb_lab_init, fpb_lab_init_bytes, err);
	if (!ret)
		ret = lab_program_add(cpio, err);
	if (!ret)
		ret = add_arguments(cpio, arguments, err);
	if (!ret && wants_symbols)
		ret = lab_cpio_add(cpio, LAYOUT_WANTS_SYMBOLS, 0644, "", 0, err);
	if (!ret)
		ret = add_modules(cpio, kernel, err);
	if (!ret)
		ret = lab_cpio_finish(cpio, err);
	return ret;
}

/* The lock of the directory is held. */
static int hold_both(const struct lab_kernel *kernel, const struct lab_cpio *cpio,
		     const char *cache_dir, struct lab_image *image, struct fpb_err *err)
{
	image->kernel_lock = lab_cache_hold(cache_dir, KERNEL_SUFFIX, kernel->vmlinuz,
					    kernel->vmlinuz_bytes, &image->kernel, err);
	if (image->kernel_lock < 0)
		return image->kernel_lock;
	image->initramfs_lock = lab_cache_hold(cache_dir, INITRAMFS_SUFFIX, cpio->image,
					       cpio->bytes, &image->initramfs, err);
	if (image->initramfs_lock < 0)
		return image->initramfs_lock;
	return 0;
}

int lab_image_make(const struct lab_kernel *kernel, char *const arguments[], bool wants_symbols,
		   const char *cache_dir, struct lab_image *image, struct fpb_err *err)
{
	struct lab_cpio cpio = { 0 };
	int lock, ret;

	*image = (struct lab_image){ 0 };
	ret = make_initramfs(&cpio, kernel, arguments, wants_symbols, err);
	if (ret)
		goto out_clear;
	lock = lab_cache_lock(cache_dir, err);
	if (lock < 0) {
		ret = lock;
		goto out_clear;
	}
	ret = hold_both(kernel, &cpio, cache_dir, image, err);
	if (ret)
		lab_image_clear(image);
	lab_cache_prune(cache_dir, KERNEL_SUFFIX, LAB_CACHE_IMAGES);
	lab_cache_prune(cache_dir, INITRAMFS_SUFFIX, LAB_CACHE_IMAGES);
	close(lock);
out_clear:
	lab_cpio_clear(&cpio);
	return ret;
}

void lab_image_clear(struct lab_image *image)
{
	if (image->kernel)
		close(image->kernel_lock);
	if (image->initramfs)
		close(image->initramfs_lock);
	free(image->kernel);
	free(image->initramfs);
	*image = (struct lab_image){ 0 };
}
