#include "doc/schema.h"

#include <stdlib.h>

#include "../lib/tap.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/vec.h"
#include "doc/json.h"
#include "doc/val.h"

static struct val *
parse(const char *text)
{
	struct err e = { 0 };
	struct val *v = json_parse(text, strlen(text), &e);

	if (v == NULL)
		printf("Bail out! %s in %s\n", e.msg, text);
	return v;
}

static void
test_values(void)
{
	static const struct {
		const char *schema, *value, *want;	/* want NULL: good */
	} t[] = {
		{ "{}", "[1,{\"a\":null}]", NULL },
		{ "{\"title\":\"x\",\"description\":\"y\",\"$id\":\"z\",\"$schema\":\"s\",\"default\":1,"
		  "\"examples\":[],\"$comment\":\"c\"}", "1", NULL },
		/* type */
		{ "{\"type\":\"null\"}", "null", NULL },
		{ "{\"type\":\"boolean\"}", "true", NULL },
		{ "{\"type\":\"integer\"}", "1", NULL },
		{ "{\"type\":\"number\"}", "1", NULL },
		{ "{\"type\":\"number\"}", "1.5", NULL },
		{ "{\"type\":\"string\"}", "\"\"", NULL },
		{ "{\"type\":\"array\"}", "[]", NULL },
		{ "{\"type\":\"object\"}", "{}", NULL },
		{ "{\"type\":[\"string\",\"null\"]}", "null", NULL },
		{ "{\"type\":\"string\"}", "1", "at the top: text expected, found number" },
		{ "{\"type\":\"integer\"}", "1.0", "at the top: whole number expected, found number" },
		{ "{\"type\":\"number\"}", "\"1\"", "at the top: number expected, found text" },
		{ "{\"type\":\"array\"}", "{}", "at the top: list expected, found map" },
		{ "{\"type\":\"object\"}", "[]", "at the top: map expected, found list" },
		{ "{\"type\":\"object\"}", "null", "at the top: map expected, found null" },
		{ "{\"type\":\"boolean\"}", "0", "at the top: true or false expected, found number" },
		{ "{\"type\":[\"string\",\"null\"]}", "1",
		    "at the top: text or null expected, found number" },
		/* enum, const */
		{ "{\"enum\":[\"done\",1,null]}", "null", NULL },
		{ "{\"enum\":[\"done\",1,null]}", "1", NULL },
		{ "{\"enum\":[{\"a\":[1]}]}", "{\"a\":[1]}", NULL },
		{ "{\"enum\":[\"done\",\"blocked\"]}", "\"Done\"",
		    "at the top: one of 'done', 'blocked' expected, found 'Done'" },
		{ "{\"enum\":[\"a\",1,null,true]}", "[]",
		    "at the top: one of 'a', 1, null, true expected, found list" },
		{ "{\"enum\":[\"a\"]}", "\"\\u001b[2J\\n\"",
		    "at the top: one of 'a' expected, found '\\x1b[2J\\x0a'" },
		{ "{\"const\":1}", "1", NULL },
		{ "{\"const\":1}", "2", "at the top: 1 expected, found 2" },
		{ "{\"const\":\"x\"}", "{}", "at the top: 'x' expected, found map" },
		/* numbers */
		{ "{\"minimum\":1,\"maximum\":3}", "1", NULL },
		{ "{\"minimum\":1,\"maximum\":3}", "3", NULL },
		{ "{\"minimum\":0.5}", "0.5", NULL },
		{ "{\"minimum\":1}", "\"text\"", NULL },
		{ "{\"minimum\":1}", "0", "at the top: at least 1 expected, found 0" },
		{ "{\"maximum\":1}", "1.5", "at the top: at most 1 expected, found 1.5" },
		{ "{\"maximum\":9223372036854775806}", "9223372036854775807",
		    "at the top: at most 9223372036854775806 expected, found 9223372036854775807" },
		/* lengths */
		{ "{\"minLength\":1,\"maxLength\":2}", "\"\xc3\xa9\xe2\x82\xac\"", NULL },
		{ "{\"minLength\":1}", "[]", NULL },
		{ "{\"minLength\":1}", "\"\"", "at the top: a length of at least 1 expected, found 0" },
		{ "{\"maxLength\":2}", "\"abc\"", "at the top: a length of at most 2 expected, found 3" },
		{ "{\"minItems\":1,\"maxItems\":1}", "[0]", NULL },
		{ "{\"minItems\":1}", "\"\"", NULL },
		{ "{\"minItems\":1}", "[]", "at the top: a count of at least 1 expected, found 0" },
		{ "{\"maxItems\":1}", "[0,0]", "at the top: a count of at most 1 expected, found 2" },
		/* lists and maps */
		{ "{\"items\":{\"type\":\"integer\"}}", "[1,2]", NULL },
		{ "{\"items\":{\"type\":\"integer\"}}", "[1,2,\"3\"]",
		    "at 2: whole number expected, found text" },
		{ "{\"properties\":{\"a\":{\"type\":\"string\"}}}", "{\"b\":1}", NULL },
		{ "{\"properties\":{\"a\":{\"type\":\"string\"}}}", "{\"a\":1}",
		    "at a: text expected, found number" },
		{ "{\"required\":[\"a\",\"b\"]}", "{\"a\":null,\"b\":null}", NULL },
		{ "{\"required\":[\"a\",\"b\"]}", "{\"a\":1}", "at the top: 'b' is missing" },
		{ "{\"required\":[\"a\"]}", "[]", NULL },
		{ "{\"properties\":{\"d\":{\"items\":{\"properties\":{\"title\":{\"type\":\"string\"}}}}}}",
		    "{\"d\":[{\"title\":1}]}", "at d.0.title: text expected, found number" },
		{ "{\"properties\":{\"summary\":{}},\"additionalProperties\":false}", "{\"summary\":1}", NULL },
		{ "{\"properties\":{\"summary\":{}},\"additionalProperties\":false}", "{\"summry\":1}",
		    "at the top: unknown key 'summry', did you mean 'summary'?" },
		{ "{\"properties\":{\"summary\":{}},\"additionalProperties\":false}", "{\"id\":1}",
		    "at the top: unknown key 'id'" },
		{ "{\"additionalProperties\":false}", "{\"\\u001b\":1}",
		    "at the top: unknown key '\\x1b'" },
		{ "{\"properties\":{},\"additionalProperties\":true}", "{\"x\":1}", NULL },
		{ "{\"type\":\"string\",\"enum\":[\"a\"]}", "1",
		    "at the top: text expected, found number" },
	};

	for (size_t i = 0; i < sizeof t / sizeof *t; i++) {
		struct val *schema = parse(t[i].schema), *value = parse(t[i].value);
		struct err e = { 0 };
		int rc = schema_check(schema, value, 0, &e);

		is(rc == 0 ? NULL : e.msg, t[i].want, t[i].schema);
		is_int(e.code, t[i].want ? ERR_INVALID : ERR_NONE, "code");
		val_free(schema);
		val_free(value);
	}
}

/* Found whatever the value is: here it is one that meets none of the keywords. */
static void
test_schemas(void)
{
	static const struct {
		const char *schema, *want;
	} t[] = {
		{ "[]", "schema, at the top: map expected" },
		{ "true", "schema, at the top: map expected" },
		{ "{\"pattern\":\"x\"}", "schema, at the top: unknown keyword 'pattern'" },
		{ "{\"$ref\":\"#\"}", "schema, at the top: unknown keyword '$ref'" },
		{ "{\"format\":\"uri\"}", "schema, at the top: unknown keyword 'format'" },
		{ "{\"type\":\"text\"}", "schema, at the top: not valid: 'type'" },
		{ "{\"type\":[\"string\",1]}", "schema, at the top: not valid: 'type'" },
		{ "{\"type\":1}", "schema, at the top: not valid: 'type'" },
		{ "{\"enum\":1}", "schema, at the top: not valid: 'enum'" },
		{ "{\"required\":[1]}", "schema, at the top: not valid: 'required'" },
		{ "{\"required\":true}", "schema, at the top: not valid: 'required'" },
		{ "{\"minLength\":\"1\"}", "schema, at the top: not valid: 'minLength'" },
		{ "{\"maximum\":\"1\"}", "schema, at the top: not valid: 'maximum'" },
		{ "{\"additionalProperties\":{}}",
		    "schema, at the top: not valid: 'additionalProperties'" },
		{ "{\"items\":[]}", "schema, at the top: not valid: 'items'" },
		{ "{\"properties\":[]}", "schema, at the top: not valid: 'properties'" },
		{ "{\"properties\":{\"a\":{\"items\":{\"oneOf\":[]}}}}",
		    "schema, at a.items: unknown keyword 'oneOf'" },
		{ "{\"properties\":{\"a\":1}}", "schema, at a: map expected" },
	};

	for (size_t i = 0; i < sizeof t / sizeof *t; i++) {
		struct val *schema = parse(t[i].schema), *value = parse("null");
		struct err e = { 0 };

		is_int(schema_check(schema, value, 0, &e), -1, t[i].schema);
		is(e.msg, t[i].want, "message");
		is_int(e.code, ERR_CONFIG, "code");
		val_free(schema);
		val_free(value);
	}
}

static void
test_prune(void)
{
	static const char text[] = "{\"properties\":{\"a\":{\"properties\":{\"b\":{}},"
	    "\"additionalProperties\":false},\"c\":{\"type\":\"object\"}},"
	    "\"additionalProperties\":false}";
	static const struct {
		const char *before, *after;
	} t[] = {
		{ "{}", "{}" },
		{ "{\"x\":1}", "{}" },
		{ "{\"a\":{\"b\":1,\"y\":2},\"x\":{\"z\":[1]},\"c\":{\"k\":1}}",
		    "{\"a\":{\"b\":1},\"c\":{\"k\":1}}" },
		{ "{\"id\":1,\"owner\":\"x\",\"__proto__\":{},\"a\":{}}", "{\"a\":{}}" },
	};
	struct val *schema = parse(text);

	for (size_t i = 0; i < sizeof t / sizeof *t; i++) {
		struct val *value = parse(t[i].before);
		struct buf b = { 0 };
		struct err e = { 0 };

		is_int(schema_check(schema, value, 1, &e), 0, t[i].before);
		json_print(&b, value);
		is(buf_str(&b), t[i].after, "pruned");
		val_put(value, "a", val_map());
		ok(val_get(value, "a") != NULL, "and still a map to write to");
		val_free(value);
		buf_release(&b);
	}
	val_free(schema);
}

/* A stranger's map of 200,000 keys costs one pass. */
static void
test_large(void)
{
	struct val *schema = parse("{\"properties\":{\"a\":{}},\"additionalProperties\":false}");
	struct val *value;
	struct buf b = { 0 };
	struct err e = { 0 };

	buf_puts(&b, "{\"a\":0");
	for (int i = 0; i < 200000; i++)
		buf_printf(&b, ",\"k%d\":%d", i, i);
	buf_puts(&b, "}");
	value = parse(b.data);
	is_int(schema_check(schema, value, 1, &e), 0, "200,000 unknown keys");
	is_int((int64_t)value->n, 1, "are gone");
	val_free(schema);
	val_free(value);
	buf_release(&b);
}

static void
test_where(void)
{
	static const struct {
		const char *value, *want;
	} t[] = {
		{ "{\"list\":[{\"n\":1},{\"n\":2}]}", "" },
		{ "[]", "" },
		{ "{\"list\":[{\"n\":1},{\"n\":true}]}", "list/1/n" },
		{ "{\"list\":[{\"n\":9}]}", "list/0/n" },
		{ "{\"list\":[{\"n\":1},{}]}", "list/1" },
		{ "{\"list\":[{\"n\":1,\"nn\":2}]}", "list/0/nn" },
		{ "{\"lits\":[]}", "lits" },
		{ "{\"list\":[]}", "list" },
	};
	struct val *schema = parse("{\"type\":\"object\",\"additionalProperties\":false,"
	    "\"properties\":{\"list\":{\"minItems\":1,\"items\":{\"required\":[\"n\"],"
	    "\"additionalProperties\":false,"
	    "\"properties\":{\"n\":{\"type\":\"integer\",\"maximum\":2}}}}}}");

	for (size_t i = 0; i < sizeof t / sizeof *t; i++) {
		struct val *v = parse(t[i].value);
		struct vec_str where = { 0 };
		struct buf path = { 0 };
		struct err e = { 0 };
		int r = schema_check_where(schema, v, 0, &where, &e);

		for (size_t k = 0; k < where.n; k++)
			buf_printf(&path, "%s%s", k > 0 ? "/" : "", where.v[k]);
		is(buf_str(&path), t[i].want, t[i].value);
		is_int(r, i == 0 ? 0 : -1, "... is refused where it should be");
		buf_release(&path);
		vec_str_release(&where);
		val_free(v);
	}
	val_free(schema);
}

int
main(void)
{
	test_values();
	test_schemas();
	test_prune();
	test_large();
	test_where();
	return done_testing();
}
