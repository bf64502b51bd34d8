// SPDX-License-Identifier: MIT
#include "bench/report/html/svg_scan.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>

bool fpb_svg_is(struct fpb_svg_span span, const char *word)
{
	return strlen(word) == span.length && !memcmp(span.at, word, span.length);
}

static const char *skip_space(const char *text)
{
	return text + strspn(text, " \t\r\n");
}

static struct fpb_svg_span scan_name(const char **text)
{
	struct fpb_svg_span name = { *text, 0 };

	while (isalnum((unsigned char)name.at[name.length]) ||
	       (name.at[name.length] && strchr("_:-.", name.at[name.length])))
		name.length++;
	*text += name.length;
	return name;
}

/* "<?xml ..?>", "<!-- .. -->", "<!DOCTYPE ..>": 1 if there was one, 0, or -EINVAL. */
static int skip_declaration(const char **text)
{
	static const struct {
		const char *begin, *end, *without;
	} forms[] = {
		{ "<?", "?>", NULL },
		{ "<!--", "-->", NULL },
		/* Without declarations of entities. */
		{ "<!DOCTYPE", ">", "[" },
	};

	for (size_t i = 0; i < sizeof(forms) / sizeof(*forms); i++) {
		const char *end;

		if (strncmp(*text, forms[i].begin, strlen(forms[i].begin)) != 0)
			continue;
		end = strstr(*text + strlen(forms[i].begin), forms[i].end);
		if (!end || (forms[i].without && memchr(*text, '[', (size_t)(end - *text))))
			return -EINVAL;
		*text = end + strlen(forms[i].end);
		return 1;
	}
	return strncmp(*text, "<!", 2) != 0 ? 0 : -EINVAL;
}

/* name="value" or name='value'. */
static int scan_attribute(const char **text, struct fpb_svg_token *token)
{
	const struct fpb_svg_span name = scan_name(text);
	const char *end;
	char quote;

	if (!name.length || token->nr_attributes == FPB_SVG_MAX_ATTRIBUTES)
		return -EINVAL;
	*text = skip_space(*text);
	if (**text != '=')
		return -EINVAL;
	*text = skip_space(*text + 1);
	quote = **text;
	end = quote == '"' || quote == '\'' ? strchr(*text + 1, quote) : NULL;
	if (!end)
		return -EINVAL;
	token->name[token->nr_attributes] = name;
	token->value[token->nr_attributes++] =
		(struct fpb_svg_span){ *text + 1, (size_t)(end - *text) - 1 };
	*text = end + 1;
	return 0;
}

/* Behind "<" or "</". */
static int scan_tag(const char **text, struct fpb_svg_token *token)
{
	token->span = scan_name(text);
	if (!token->span.length)
		return -EINVAL;
	for (*text = skip_space(*text); **text && !strchr("/>", **text);
	     *text = skip_space(*text)) {
		if (token->kind == FPB_SVG_CLOSE || scan_attribute(text, token))
			return -EINVAL;
	}
	if (token->kind == FPB_SVG_OPEN && **text == '/') {
		token->is_empty = true;
		++*text;
	}
	return *(*text)++ == '>' ? 0 : -EINVAL;
}

int fpb_svg_next(const char **text, struct fpb_svg_token *token)
{
	int ret;

	do {
		ret = skip_declaration(text);
	} while (ret > 0);
	if (ret)
		return ret;
	token->is_empty = false;
	token->nr_attributes = 0;
	if (!**text) {
		token->kind = FPB_SVG_END;
		return 0;
	}
	if (**text != '<') {
		token->kind = FPB_SVG_TEXT;
		token->span = (struct fpb_svg_span){ *text, strcspn(*text, "<") };
		*text += token->span.length;
		return 0;
	}
	++*text;
	token->kind = **text == '/' ? FPB_SVG_CLOSE : FPB_SVG_OPEN;
	*text += token->kind == FPB_SVG_CLOSE;
	return scan_tag(text, token);
}
