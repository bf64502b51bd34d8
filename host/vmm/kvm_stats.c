// SPDX-License-Identifier: MIT
#include "host/vmm/kvm_stats.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* The kernel has about 60 statistics of a vCPU, names of 48 bytes. */
#define MAX_STATS     4096
#define MAX_NAME_SIZE 256

struct kvm_stats {
	const struct kvm_sys *sys;
	int fd;
	struct kvm_stats_header header;
	size_t desc_bytes; /* one descriptor with its name */
	uint8_t *descs;
};

/* The fixed part of descriptor i, copied: nothing promises that the names keep it aligned. */
static struct kvm_stats_desc desc_at(const struct kvm_stats *stats, uint32_t i)
{
	struct kvm_stats_desc desc;

	memcpy(&desc, stats->descs + i * stats->desc_bytes, sizeof(desc));
	return desc;
}

static const char *name_at(const struct kvm_stats *stats, uint32_t i)
{
	return (const char *)stats->descs + i * stats->desc_bytes + sizeof(struct kvm_stats_desc);
}

static int read_exactly(struct kvm_stats *stats, void *buf, size_t bytes, long offset,
			const char *what, struct fpb_err *err)
{
	long got = stats->sys->pread(stats->fd, buf, bytes, offset);

	if (got < 0)
		return FPB_FAIL(err, (int)got, "KVM statistics: reading %s", what);
	if ((size_t)got != bytes)
		return FPB_FAIL(err, -EIO, "KVM statistics: %ld of %zu bytes of %s", got, bytes,
				what);
	return 0;
}

static int read_descs(struct kvm_stats *stats, struct fpb_err *err)
{
	const struct kvm_stats_header *h = &stats->header;
	int ret = read_exactly(stats, &stats->header, sizeof(stats->header), 0, "the header", err);

	if (ret)
		return ret;
	if (h->num_desc == 0 || h->num_desc > MAX_STATS || h->name_size == 0 ||
	    h->name_size > MAX_NAME_SIZE)
		return FPB_FAIL(err, -EINVAL,
				"KVM statistics: %u descriptors with names of %u bytes",
				h->num_desc, h->name_size);
	stats->desc_bytes = sizeof(struct kvm_stats_desc) + h->name_size;
	stats->descs = calloc(h->num_desc, stats->desc_bytes);
	if (!stats->descs)
		return FPB_FAIL(err, -ENOMEM, "KVM statistics: %u descriptors", h->num_desc);
	ret = read_exactly(stats, stats->descs, h->num_desc * stats->desc_bytes, h->desc_offset,
			   "the descriptors", err);
	if (ret)
		return ret;
	for (uint32_t i = 0; i < h->num_desc; i++) {
		if (!memchr(name_at(stats, i), 0, h->name_size))
			return FPB_FAIL(err, -EINVAL, "KVM statistics: name %u is not terminated",
					i);
	}
	return 0;
}

int kvm_stats_open(const struct kvm_sys *sys, int fd, struct kvm_stats **out, struct fpb_err *err)
{
	struct kvm_stats *stats = calloc(1, sizeof(*stats));
	int ret;

	*out = NULL;
	if (!stats)
		return FPB_FAIL(err, -ENOMEM, "KVM statistics");
	stats->sys = sys;
	ret = stats->fd = KVM_IOCTL_NUMBER(sys, fd, KVM_GET_STATS_FD, 0, err);
	if (ret < 0)
		goto out_close;
	ret = read_descs(stats, err);
	if (ret < 0)
		goto out_close;
	*out = stats;
	return 0;

out_close:
	kvm_stats_close(stats);
	return ret;
}

void kvm_stats_close(struct kvm_stats *stats)
{
	if (!stats)
		return;
	if (stats->fd >= 0)
		stats->sys->close(stats->fd);
	free(stats->descs);
	free(stats);
}

/* The single-valued statistic of this name. */
static bool find(const struct kvm_stats *stats, const char *name, struct kvm_stats_desc *desc)
{
	for (uint32_t i = 0; stats && i < stats->header.num_desc; i++) {
		*desc = desc_at(stats, i);
		if (strcmp(name_at(stats, i), name) == 0 && desc->size == 1)
			return true;
	}
	return false;
}

bool kvm_stats_has(const struct kvm_stats *stats, const char *name)
{
	struct kvm_stats_desc desc;

	return find(stats, name, &desc);
}

int kvm_stats_read(struct kvm_stats *stats, const char *name, uint64_t *value, struct fpb_err *err)
{
	struct kvm_stats_desc desc;

	if (!find(stats, name, &desc))
		return FPB_FAIL(err, -ENOENT, "KVM statistics: this kernel has no '%s'", name);
	return read_exactly(stats, value, sizeof(*value),
			    (long)stats->header.data_offset + (long)desc.offset, name, err);
}
