// SPDX-License-Identifier: MIT
#include "host/lab/image.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
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

/* Starts where the archive before it ends, as far as the kernel cares: at a multiple of four. */
#define ARCHIVE_ALIGN 4

static int make_archive(struct lab_cpio *cpio, const struct lab_image_file *files, size_t nr,
			struct fpb_err *err)
{
	int ret = lab_cpio_start(cpio, err);

	for (size_t i = 0; !ret && i < nr; i++)
		ret = lab_cpio_add(cpio, files[i].path, 0644, files[i].data, files[i].bytes, err);
	return ret ? ret : lab_cpio_finish(cpio, err);
}

/* `whole` to be freed: the initramfs, zeros up to the next archive's place, the archive. */
static int append(const char *initramfs, const struct lab_cpio *archive, char **whole,
		  size_t *bytes, struct fpb_err *err)
{
	FILE *file = fopen(initramfs, "rbe");
	struct stat st;
	size_t before;
	int ret = 0;

	*whole = NULL;
	if (!file || fstat(fileno(file), &st)) {
		ret = FPB_FAIL(err, -errno, "%s", initramfs);
		goto out_close;
	}
	before = ((size_t)st.st_size + ARCHIVE_ALIGN - 1) & ~(size_t)(ARCHIVE_ALIGN - 1);
	*bytes = before + archive->bytes;
	*whole = calloc(1, *bytes);
	if (!*whole)
		ret = FPB_FAIL(err, -ENOMEM, "initramfs of %zu bytes", *bytes);
	else if (fread(*whole, 1, (size_t)st.st_size, file) != (size_t)st.st_size)
		ret = FPB_FAIL(err, -EIO, "%s: shorter than it was", initramfs);
	else
		memcpy(*whole + before, archive->image, archive->bytes);
out_close:
	if (file)
		fclose(file);
	return ret;
}

int lab_image_add(struct lab_image *image, const struct lab_image_file *files, size_t nr,
		  const char *cache_dir, struct fpb_err *err)
{
	struct lab_cpio archive = { 0 };
	char *whole = NULL, *path;
	size_t bytes = 0;
	int lock, held, ret;

	ret = make_archive(&archive, files, nr, err);
	if (!ret)
		ret = append(image->initramfs, &archive, &whole, &bytes, err);
	if (ret)
		goto out_clear;
	lock = lab_cache_lock(cache_dir, err);
	if (lock < 0) {
		ret = lock;
		goto out_clear;
	}
	held = lab_cache_hold(cache_dir, INITRAMFS_SUFFIX, whole, bytes, &path, err);
	if (held < 0) {
		ret = held;
	} else {
		close(image->initramfs_lock);
		free(image->initramfs);
		image->initramfs = path;
		image->initramfs_lock = held;
	}
	lab_cache_prune(cache_dir, INITRAMFS_SUFFIX, LAB_CACHE_IMAGES);
	close(lock);
out_clear:
	free(whole);
	lab_cpio_clear(&archive);
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
