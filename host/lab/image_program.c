// SPDX-License-Identifier: MIT
#include "host/lab/image_program.h"

#include <errno.h>
#include <libgen.h>
#include <limits.h>
#include <link.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "guest/linux/layout.h"

#define SELF "/proc/self/exe"

/* A loaded object; its strings and tables are the dynamic linker's and stay as long as it does. */
struct object {
	const char *path; /* "" for the program */
	const char *name; /* DT_SONAME, or NULL */
	const char *strings;
	const ElfW(Dyn) * dynamic;
	bool is_linked; /* reached from the program */
};

struct objects {
	struct object *object; /* [0] is the program */
	size_t nr;
	const char *interpreter;
	bool is_out_of_memory;
};

/* glibc has relocated the address in place, other C libraries have not. */
static const char *string_table(const struct dl_phdr_info *info, const ElfW(Dyn) * dynamic)
{
	for (; dynamic->d_tag != DT_NULL; dynamic++) {
		ElfW(Addr) address = dynamic->d_un.d_ptr;

		if (dynamic->d_tag == DT_STRTAB)
			return (const char *)(address < info->dlpi_addr ? address + info->dlpi_addr
									: address);
	}
	return NULL;
}

static int collect(struct dl_phdr_info *info, size_t size, void *data)
{
	struct objects *all = data;
	struct object o = { .path = info->dlpi_name };
	struct object *grown;

	(void)size;
	for (size_t i = 0; i < info->dlpi_phnum; i++) {
		const ElfW(Phdr) *ph = &info->dlpi_phdr[i];

		if (ph->p_type == PT_DYNAMIC)
			o.dynamic = (const ElfW(Dyn) *)(info->dlpi_addr + ph->p_vaddr);
		if (ph->p_type == PT_INTERP && !all->nr)
			all->interpreter = (const char *)(info->dlpi_addr + ph->p_vaddr);
	}
	/* The vDSO has a name but no file, and nobody is linked with it. A static program: nothing. */
	if (!o.dynamic || (all->nr && o.path[0] != '/'))
		return 0;
	o.strings = string_table(info, o.dynamic);
	if (!o.strings)
		return 0;
	for (const ElfW(Dyn) *d = o.dynamic; d->d_tag != DT_NULL; d++)
		if (d->d_tag == DT_SONAME)
			o.name = o.strings + d->d_un.d_val;
	grown = reallocarray(all->object, all->nr + 1, sizeof(*grown));
	if (!grown) {
		all->is_out_of_memory = true;
		return 1;
	}
	grown[all->nr++] = o;
	all->object = grown;
	return 0;
}

static bool is_named(const struct object *o, const char *name)
{
	const char *slash = strrchr(o->path, '/');

	return (o->name && !strcmp(o->name, name)) || (slash && !strcmp(slash + 1, name)) ||
	       !strcmp(o->path, name);
}

/* As deep as the longest chain of libraries. */
static void mark_linked(struct objects *all, struct object *o)
{
	o->is_linked = true;
	for (const ElfW(Dyn) *d = o->dynamic; d->d_tag != DT_NULL; d++) {
		if (d->d_tag != DT_NEEDED)
			continue;
		for (size_t i = 0; i < all->nr; i++)
			if (!all->object[i].is_linked &&
			    is_named(&all->object[i], o->strings + d->d_un.d_val))
				mark_linked(all, &all->object[i]);
	}
}

/* The path with the links in its directory resolved, to be freed, *directory being its length. */
static char *resolved_path(const char *path, size_t *directory)
{
	const char *slash = strrchr(path, '/');
	char resolved[PATH_MAX];
	char *parent, *all = NULL;

	parent = slash == path ? strdup("/") : strndup(path, (size_t)(slash - path));
	if (parent && realpath(parent, resolved)) {
		*directory = strlen(resolved);
		if (asprintf(&all, "%s/%s", resolved, slash + 1) < 0)
			all = NULL;
	}
	free(parent);
	return all;
}

/* A path of colons, each directory once. */
struct search_path {
	char *text;
	size_t length;
};

static bool search_path_has(const struct search_path *search, const char *directory, size_t length)
{
	const char *at = search->text;

	while (at && *at) {
		size_t span = strcspn(at, ":");

		if (span == length && !memcmp(at, directory, length))
			return true;
		at += span + (at[span] == ':');
	}
	return false;
}

static int search_path_add(struct search_path *search, const char *directory, size_t length)
{
	char *text;

	if (search_path_has(search, directory, length))
		return 0;
	if (asprintf(&text, "%s%s%.*s", search->text ? search->text : "", search->text ? ":" : "",
		     (int)length, directory) < 0)
		return -ENOMEM;
	free(search->text);
	search->text = text;
	search->length = strlen(text);
	return 0;
}

static int add_library(struct lab_cpio *cpio, struct search_path *search, const char *path,
		       struct fpb_err *err)
{
	size_t directory;
	char *inside = resolved_path(path, &directory);
	int ret;

	if (!inside)
		return FPB_FAIL(err, -errno, "initramfs: library %s", path);
	if (search_path_add(search, inside, directory))
		ret = FPB_FAIL(err, -ENOMEM, "initramfs: library %s", path);
	else
		ret = lab_cpio_add_file(cpio, inside, 0755, path, err);
	free(inside);
	return ret;
}

static int add_libraries(struct lab_cpio *cpio, const struct objects *all,
			 struct search_path *search, struct fpb_err *err)
{
	int ret = lab_cpio_add_file(cpio, all->interpreter, 0755, all->interpreter, err);

	for (size_t i = 1; !ret && i < all->nr; i++) {
		const struct object *o = &all->object[i];

		/* Libraries are linked with the interpreter, too. */
		if (o->is_linked && strcmp(o->path, all->interpreter) != 0)
			ret = add_library(cpio, search, o->path, err);
	}
	return ret;
}

int lab_program_add(struct lab_cpio *cpio, struct fpb_err *err)
{
	struct search_path search = { 0 };
	struct objects all = { 0 };
	int ret;

	dl_iterate_phdr(collect, &all);
	if (all.is_out_of_memory) {
		ret = FPB_FAIL(err, -ENOMEM, "initramfs: list of libraries");
		goto out;
	}
	ret = lab_cpio_add_file(cpio, LAYOUT_PROGRAM, 0755, SELF, err);
	/* A static program has none. */
	if (!ret && all.interpreter) {
		mark_linked(&all, &all.object[0]);
		ret = add_libraries(cpio, &all, &search, err);
	}
	if (!ret)
		ret = lab_cpio_add(cpio, LAYOUT_LIBRARIES, 0644, search.text ? search.text : "",
				   search.length, err);
out:
	free(search.text);
	free(all.object);
	return ret;
}
