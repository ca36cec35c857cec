/*
 * config_subscription - are the subscriptions of orch.yml such as can be followed?
 */
#include <stdbool.h>
#include <string.h>

#include "base/err.h"
#include "base/str.h"
#include "doc/val.h"
#include "doc/yaml.h"
#include "task/config.h"
#include "task/config_read.h"
#include "task/event_filter.h"

/* One key; *filter gets what it says of topics and conditions. */
static int
check_key(const struct config_reader *r, const struct yaml_node *n, struct event_filter *filter)
{
	const struct field_def *d = field_def_find(config_subscription, n->key->text);
	const struct yaml_node *where = n, *item;
	struct config_names known = { 0 };
	int bad = 0;

	if (d == NULL) {
		for (d = config_subscription; d->name != NULL; d++)
			config_names_add(&known, d->name);
		return config_unknown(r, n->key, "", &known);
	}
	if (field_check_node_as(d, n, &where, r->e) == -1)
		return config_at(r, where == n ? n->key->start : where->start);
	item = yaml_deref(n)->child;
	if (strcmp(d->name, "topic") == 0)
		bad = event_filter_topics(filter, yaml_deref(n)->text, r->e);
	for (; bad == 0 && strcmp(d->name, "where") == 0 && item != NULL; item = item->next)
		bad = event_filter_where(filter, yaml_deref(where = item)->text, r->e);
	if (strcmp(d->name, "run") == 0 && (item == NULL || *yaml_deref(item)->text == '\0'))
		bad = err_set(r->e, ERR_CONFIG, "run: a program is expected");
	return bad == 0 ? 0 : config_at(r, where == n ? n->key->start : where->start);
}

static const struct yaml_node *
key_of(const struct yaml_node *map, const char *name)
{
	for (const struct yaml_node *n = yaml_deref(map)->child; n != NULL; n = n->next)
		if (strcmp(n->key->text, name) == 0)
			return yaml_deref(n);
	return NULL;
}

/* Its name is a file's, and nobody else's among those before it. */
static int
check_name(const struct config_reader *r, const struct yaml_node *list, const struct yaml_node *raw)
{
	const char *name = key_of(raw, "name")->text;

	if (!str_is_name(name)) {
		err_set(r->e, ERR_CONFIG, "name: letters, digits, '.', '-' and '_' are expected, at most %d bytes",
		    STR_NAME_MAX);
		return config_at(r, raw->start);
	}
	for (const struct yaml_node *n = list->child; n != raw; n = n->next)
		if (strcmp(key_of(n, "name")->text, name) == 0) {
			err_set(r->e, ERR_CONFIG, "there are two subscriptions '%s'", name);
			return config_at(r, raw->start);
		}
	return 0;
}

/* How many up to this one have the topic? */
static int
check_topics(const struct config_reader *r, const struct yaml_node *list, const struct yaml_node *raw,
    const struct event_filter *filter)
{
	for (size_t i = 0; i < filter->topics.n; i++) {
		const char *topic = filter->topics.v[i];
		size_t len = strlen(topic), n = 1;

		for (const struct yaml_node *other = list->child; other != raw; other = other->next) {
			const char *s = key_of(other, "topic")->text;
			bool has = false;

			for (size_t one; !has && *s != '\0'; s += one + (s[one] == ','))
				has = (one = strcspn(s, ",")) == len && strncmp(s, topic, len) == 0;
			n += has;
		}
		if (n > CONFIG_TOPIC_MAX) {
			err_set(r->e, ERR_CONFIG, "more than %d subscriptions of topic '%.100s'", CONFIG_TOPIC_MAX,
			    topic);
			return config_at(r, raw->start);
		}
	}
	return 0;
}

int
config_check_subscriptions(const struct config_reader *r, const struct yaml_node *list)
{
	static const char *const needed[] = { "name", "topic", "run", NULL };

	for (const struct yaml_node *raw = list->child; raw != NULL; raw = raw->next) {
		struct event_filter filter = { 0 };
		int bad = 0;

		for (const struct yaml_node *n = yaml_deref(raw)->child; bad == 0 && n != NULL; n = n->next)
			bad = check_key(r, n, &filter);
		for (int i = 0; bad == 0 && needed[i] != NULL; i++)
			if (key_of(raw, needed[i]) == NULL) {
				err_set(r->e, ERR_CONFIG, "a subscription without %s", needed[i]);
				bad = config_at(r, raw->start);
			}
		if (bad == 0 && (check_name(r, list, raw) == -1 || check_topics(r, list, raw, &filter) == -1))
			bad = -1;
		event_filter_release(&filter);
		if (bad == -1)
			return -1;
	}
	return 0;
}
