// SPDX-License-Identifier: MIT
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "bench/cli/doctor_text.h"

static const char document_text[] =
	"{\"environment\": {\"kernel_release\": \"6.1.0\", \"cpu_model\": \"Some\\u001b[31mCPU\"},"
	" \"checks\": ["
	"  {\"key\": \"thp\", \"value\": \"madvise\", \"ok\": true, \"why\": \"Not shown.\","
	"   \"fix\": \"\"},"
	"  {\"key\": \"pmu\", \"value\": false, \"ok\": false, \"why\": \"Because of this.\","
	"   \"fix\": \"\"},"
	"  {\"key\": \"turbo\", \"value\": null, \"ok\": false, \"why\": \"Because of that.\","
	"   \"fix\": \"echo 0 | sudo tee /a/file/whose/name/is/so/long/that/the/command/does/not/fit/"
	"into/one/line/of/the/page\"},"
	"  {\"key\": \"isolcpus\", \"value\": \"\", \"ok\": false, \"why\": \"W.\","
	"   \"fix\": \"f\"}],"
	" \"substrates\": {\"host\": {\"available\": true, \"rows_available\": 7,"
	"  \"rows_skipped\": 4,"
	"  \"reasons\": [{\"reason\": \"no-kvm\", \"text\": \"/dev/kvm: gone\", \"rows\": 3},"
	"   {\"reason\": \"no-pmu\", \"text\": \"none\", \"rows\": 1}],"
	"  \"obtainable\": [{\"with\": [\"this\", \"that\"], \"lacks\": [\"kvm\", \"avx\"],"
	"   \"rows\": 4, \"names\": [\"a/b\", \"a/b/live=avx\", \"a/bc/x=y/z=w\", \"d/e\"]}]}},"
	" \"sections\": [{\"section\": \"A\", \"title\": \"words\", \"rows_available\": 7,"
	"  \"rows_skipped\": 3, \"reasons\": [{\"substrate\": \"host\", \"reason\": \"no-kvm\","
	"   \"text\": \"gone\", \"rows\": 3}], \"note\": \"\"},"
	"  {\"section\": \"\", \"title\": \"rest\", \"rows_available\": 0, \"rows_skipped\": 0,"
	"   \"reasons\": [], \"note\": \"none of it\"}],"
	" \"hazards\": [{\"key\": \"h\", \"sequence\": \"S\", \"affected\": true, \"state\": \"T\","
	"   \"avoided\": true, \"override\": \"--allow-hazards\"},"
	"  {\"key\": \"i\", \"sequence\": \"U\", \"affected\": false, \"state\": \"fixed\","
	"   \"avoided\": true, \"override\": \"--allow-hazards\"}]}";

static const char page[] =
	"kernel     6.1.0\n"
	"processor  Some\\x1b[31mCPU\n"
	"\n"
	"To mend: adds noise or hides rows (scripts/host-tune.sh does, and undoes, what can be "
	"undone)\n"
	"  turbo                unknown\n"
	"    Because of that.\n"
	"    fix: echo 0 | sudo tee /a/file/whose/name/is/so/long/that/the/command/does/not/fit/"
	"into/one/line/of/the/page\n"
	"  isolcpus             empty\n"
	"    W.\n"
	"    fix: f\n"
	"\n"
	"Not to be mended from here: adds noise or hides rows\n"
	"  pmu                  no\n"
	"    Because of this.\n"
	"\n"
	"Fine\n"
	"  thp                  madvise\n"
	"\n"
	"Where rows can run\n"
	"  host                 7 available, 4 skipped\n"
	"    3 rows: no-kvm: /dev/kvm: gone\n"
	"    1 row: no-pmu: none\n"
	"    4 rows need this; and that\n"
	"        unmet: kvm, avx\n"
	"        a/b (2), a/bc, d/e\n"
	"\n"
	"The same rows by what they ask (docs/doctor.md)\n"
	"  A words                  7 available, 3 skipped\n"
	"    3 rows at host: no-kvm: gone\n"
	"  rest                     0 available, 0 skipped\n"
	"    none of it\n"
	"\n"
	"Host-crash hazards (nothing of this was tried)\n"
	"  h\n"
	"    what:  S\n"
	"    here:  AFFECTED, T\n"
	"    rows:  avoided by default; run --allow-hazards includes them\n"
	"  i\n"
	"    what:  U\n"
	"    here:  fixed\n";

static char *print(const json_t *document)
{
	char *text = NULL;
	size_t bytes;
	FILE *out = open_memstream(&text, &bytes);

	assert_non_null(out);
	doctor_print(out, document);
	assert_int_equal(fclose(out), 0);
	return text;
}

static void groups_by_what_can_be_done(void **state)
{
	json_t *document = json_loads(document_text, 0, NULL);
	char *text;

	(void)state;
	assert_non_null(document);
	text = print(document);
	assert_string_equal(text, page);
	free(text);
	json_decref(document);
}

static void long_texts_are_filled(void **state)
{
	json_t *document, *why;
	char words[80 * sizeof("seven7")];
	char *text, *line, *next;
	int nr_lines = 0;

	(void)state;
	document = json_loads(document_text, 0, NULL);
	for (size_t i = 0; i < 80; i++)
		memcpy(words + i * 7, "seven7 ", 7);
	words[sizeof(words) - 1] = '\0';
	why = json_string(words);
	json_object_set_new(json_array_get(json_object_get(document, "checks"), 1), "why", why);
	text = print(document);
	for (line = text; *line; line = next) {
		next = strchr(line, '\n') + 1;
		if (!strncmp(line, "    seven7 seven7", 17)) {
			assert_true(next - line - 1 <= 96);
			nr_lines++;
		}
	}
	/* 13 words of 6 and 12 blanks are 90 columns behind the first four. */
	assert_int_equal(nr_lines, 7);
	free(text);
	json_decref(document);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(groups_by_what_can_be_done),
		cmocka_unit_test(long_texts_are_filled),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
