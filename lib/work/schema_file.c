#include "work/schema_file.h"

#include <stdlib.h>

#include "base/buf.h"
#include "base/err.h"
#include "doc/json.h"
#include "doc/val.h"
#include "task/project.h"

struct val *
schema_file(const struct project *p, const char *name, struct err *e)
{
	struct buf text = { 0 };
	struct val *schema = NULL;
	char *path = NULL;
	int r = project_asset(p, "schema", name, &text, &path, e);

	if (r == 1)
		err_set(e, ERR_CONFIG, "no schema/%s: is orch installed whole?", name);
	else if (r == 0 && (schema = json_parse(buf_str(&text), text.len, e)) == NULL) {
		e->code = ERR_CONFIG;
		err_prefix(e, "%s", path);
	}
	buf_release(&text);
	free(path);
	return schema;
}

char *
schema_file_text(const struct val *schema)
{
	struct val *v = val_copy(schema);
	struct buf out = { 0 };

	val_drop(v, "$schema");
	val_drop(v, "$id");
	json_print(&out, v);
	val_free(v);
	return buf_detach(&out);
}
