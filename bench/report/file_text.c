// SPDX-License-Identifier: MIT
/* file_text.c - a whole file into memory, up to the limit of the readers. */
#include "bench/report/file_text.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bench/report/report_read.h"

int fpb_file_too_long(struct fpb_problem *problem)
{
	return fpb_problem_set(problem, EFBIG, "", "longer than the limit of %zu bytes",
			       FPB_READ_MAX_BYTES);
}

/* Text read from a file; owned. */
struct buffer {
	char *text;
	size_t length, capacity;
};

/* Room for at least one more byte. One byte beyond the limit shows that there is more. */
static int make_room(struct buffer *buffer, struct fpb_problem *problem)
{
	size_t capacity = 2 * buffer->capacity;
	char *text;

	if (buffer->length < buffer->capacity)
		return 0;
	if (buffer->length > FPB_READ_MAX_BYTES)
		return fpb_file_too_long(problem);
	if (capacity > FPB_READ_MAX_BYTES + 1)
		capacity = FPB_READ_MAX_BYTES + 1;
	text = realloc(buffer->text, capacity);
	if (!text)
		return fpb_problem_set(problem, ENOMEM, "", "out of memory");
	buffer->text = text;
	buffer->capacity = capacity;
	return 0;
}

static int read_all(int fd, struct buffer *buffer, struct fpb_problem *problem)
{
	ssize_t n;

	do {
		int ret = make_room(buffer, problem);

		if (ret)
			return ret;
		n = read(fd, buffer->text + buffer->length, buffer->capacity - buffer->length);
		if (n > 0)
			buffer->length += (size_t)n;
	} while (n > 0 || (n < 0 && errno == EINTR));
	if (n < 0)
		return fpb_problem_set(problem, errno, "", "cannot read: %s", strerror(errno));
	return 0;
}

static int allocate_for(int fd, struct buffer *buffer, struct fpb_problem *problem)
{
	struct stat st;

	buffer->capacity = 1 << 16;
	if (!fstat(fd, &st) && S_ISREG(st.st_mode)) {
		if (st.st_size > (off_t)FPB_READ_MAX_BYTES)
			return fpb_file_too_long(problem);
		buffer->capacity = (size_t)st.st_size + 1;
	}
	buffer->text = malloc(buffer->capacity);
	if (!buffer->text)
		return fpb_problem_set(problem, ENOMEM, "", "out of memory");
	return 0;
}

int fpb_file_text(const char *path, char **text, size_t *length, struct fpb_problem *problem)
{
	struct buffer buffer = { .text = NULL };
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	int ret;

	*text = NULL;
	if (fd < 0)
		return fpb_problem_set(problem, errno, "", "cannot open: %s", strerror(errno));
	ret = allocate_for(fd, &buffer, problem);
	ret = ret ? ret : read_all(fd, &buffer, problem);
	close(fd);
	if (ret) {
		free(buffer.text);
		return ret;
	}
	*text = buffer.text;
	*length = buffer.length;
	return 0;
}
