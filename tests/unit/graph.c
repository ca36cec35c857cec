/* graph - small pictures, stable answers, long chains, random DAGs. */
#include "task/graph.h"

#include "base/buf.h"
#include "base/vec.h"

#include "../lib/dice.h"
#include "../lib/tap.h"

/* "1>2 2>3": edges; a number alone is a node. */
static struct graph *
build(const char *text)
{
	struct graph *g = graph_new();
	long long from, to;
	int used;

	for (; *text != '\0'; text += strspn(text, " "))
		if (sscanf(text, "%lld>%lld%n", &from, &to, &used) == 2) {
			graph_edge(g, from, to);
			text += used;
		} else if (sscanf(text, "%lld%n", &from, &used) == 1) {
			graph_node(g, from);
			text += used;
		}
	return g;
}

static void
keep_first(const struct vec_id *path, void *arg)
{
	struct vec_id *first = arg;

	for (size_t i = 0, had = first->n; had == 0 && i < path->n; i++)
		vec_id_push(first, path->v[i]);
}

/* 1 and the ids along the cycle that is told of first; 0: there is none. */
static int
first_cycle(struct graph *g, struct vec_id *path)
{
	path->n = 0;
	graph_cycles(g, keep_first, path);
	return path->n > 0;
}

static void
test_cycle(void)
{
	static const struct {
		const char *edges, *want;
	} t[] = {
		{ "", "" },
		{ "1", "" },
		{ "1>2 2>3 1>3", "" },
		{ "1>2 1>2 1>2", "" },
		{ "3>3", "3 -> 3" },
		{ "3>5 5>3", "3 -> 5 -> 3" },
		{ "5>3 3>5", "3 -> 5 -> 3" },
		{ "9>7 7>8 8>9", "7 -> 8 -> 9 -> 7" },
		{ "1>9 9>7 7>8 8>9", "7 -> 8 -> 9 -> 7" },
		{ "1>2 2>4 1>3 3>4 4>2", "2 -> 4 -> 2" },
		{ "999999999999999999>1 1>999999999999999999",
		    "1 -> 999999999999999999 -> 1" },
		{ "1>2 2>1 3>4 4>3", "1 -> 2 -> 1" },
		{ "4>3 3>4 2>1 1>2", "1 -> 2 -> 1" },
	};

	for (size_t i = 0; i < sizeof t / sizeof *t; i++) {
		struct graph *g = build(t[i].edges);
		struct vec_id path = { 0 };
		struct buf b = { 0 };

		is_int(first_cycle(g, &path), *t[i].want != '\0', t[i].edges);
		graph_path_text(&path, &b);
		is(buf_str(&b), t[i].want, "... path");
		buf_release(&b);
		vec_id_release(&path);
		graph_free(g);
	}
}

static void
add_path(const struct vec_id *path, void *arg)
{
	struct buf *b = arg;

	if (b->len > 0)
		buf_puts(b, ", ");
	graph_path_text(path, b);
}

static void
test_cycles(void)
{
	static const struct {
		const char *edges, *want;
	} t[] = {
		{ "", "" },
		{ "1", "" },
		{ "1>2 2>3 1>3", "" },
		{ "3>3", "3 -> 3" },
		{ "3>3 1>1 2", "1 -> 1, 3 -> 3" },
		{ "4>3 3>4 2>1 1>2", "1 -> 2 -> 1, 3 -> 4 -> 3" },
		{ "1>2 2>1 2>3 3>4 4>3", "1 -> 2 -> 1, 3 -> 4 -> 3" },
		{ "9>7 7>8 8>9 1>9", "7 -> 8 -> 9 -> 7" },
		/* One set is told once, by a shortest way. */
		{ "1>2 2>3 3>1 1>3", "1 -> 3 -> 1" },
		{ "1>2 2>1 2>3 3>2", "1 -> 2 -> 1" },
		{ "1>2 2>3 3>2 3>4 4>1 4>4", "1 -> 2 -> 3 -> 4 -> 1" },
		{ "5>6 6>5 1>5 6>1", "1 -> 5 -> 6 -> 1" },
	};
	enum { LONG = 100000 };
	struct graph *g = graph_new();
	struct buf b = { 0 };

	for (size_t i = 0; i < sizeof t / sizeof *t; i++) {
		struct graph *small = build(t[i].edges);

		buf_cut(&b, 0);
		graph_cycles(small, add_path, &b);
		is(buf_str(&b), t[i].want, t[i].edges);
		graph_free(small);
	}
	for (int i = 1; i < LONG; i++) {
		graph_edge(g, i, i + 1);
		if (i % 2 == 1)
			graph_edge(g, i + 1, i);
	}
	buf_cut(&b, 0);
	graph_cycles(g, add_path, &b);
	ok(strncmp(buf_str(&b), "1 -> 2 -> 1, 3 -> 4 -> 3, ", 26) == 0, "fifty thousand of them");
	graph_edge(g, LONG, 1);
	buf_cut(&b, 0);
	graph_cycles(g, add_path, &b);
	is(buf_str(&b), "1 -> 2 -> 1", "that are one in the end");
	graph_free(g);
	buf_release(&b);
}

static void
test_reach(void)
{
	static const struct {
		const char *edges;
		int64_t from;
		const char *want;
	} t[] = {
		{ "1>2 2>3 1>4 5>6", 1, "2 -> 3 -> 4" },
		{ "1>2 2>3 1>4 5>6", 3, "" },
		{ "1>2 2>3", 9, "" },
		{ "", 1, "" },
		{ "1>2 2>1", 1, "2" },
		{ "4>9 9>1 1>4 1>3", 4, "1 -> 3 -> 9" },
	};

	for (size_t i = 0; i < sizeof t / sizeof *t; i++) {
		struct graph *g = build(t[i].edges);
		struct vec_id out = { 0 };
		struct buf b = { 0 };

		graph_reach(g, t[i].from, &out);
		graph_path_text(&out, &b);
		is(buf_str(&b), t[i].want, t[i].edges);
		buf_release(&b);
		vec_id_release(&out);
		graph_free(g);
	}
}

static void
test_next(void)
{
	struct graph *g = build("4>9 9>1 1>4 4>3 4>9");
	struct vec_id out = { 0 };
	struct buf b = { 0 };

	graph_next(g, 4, &out);
	graph_path_text(&out, &b);
	is(buf_str(&b), "3 -> 9", "those one edge away, each once");
	graph_next(g, 3, &out);
	graph_next(g, 7, &out);
	is_int((int64_t)out.n, 2, "none where none leads, or is not there");
	buf_release(&b);
	vec_id_release(&out);
	graph_free(g);
}

static void
test_growth(void)
{
	struct graph *g = build("1>2 2>3");
	struct vec_id path = { 0 };

	is_int(first_cycle(g, &path), 0, "no cycle yet");
	graph_edge(g, 3, 1);
	is_int(first_cycle(g, &path), 1, "an edge after a question counts");
	vec_id_release(&path);
	graph_free(g);
	graph_free(NULL);
}

static void
test_chain(void)
{
	const int64_t n = 100000;
	struct graph *g = graph_new();
	struct vec_id path = { 0 }, out = { 0 };

	for (int64_t i = n; i > 1; i--)
		graph_edge(g, i, i - 1);
	is_int(first_cycle(g, &path), 0, "a chain of 100,000 has no cycle");
	graph_reach(g, n, &out);
	is_int((int64_t)out.n, n - 1, "its end reaches all of it");
	graph_edge(g, 1, n);
	is_int(first_cycle(g, &path), 1, "a ring of 100,000 is one");
	is_int((int64_t)path.n, n + 1, "... named whole");
	ok(path.v[0] == 1 && path.v[1] == n && path.v[path.n - 1] == 1, "... from 1 on");
	vec_id_release(&path);
	vec_id_release(&out);
	graph_free(g);
}

/* Edges from greater to smaller ids cannot be a cycle; one back along a path is. */
static void
test_random(void)
{
	uint64_t x = 88172645463325252u;
	int wrong = 0;

	for (int round = 0; round < 200; round++) {
		struct graph *g = graph_new();
		struct vec_id path = { 0 }, reach = { 0 };

		for (int i = 0; i < 40; i++) {
			int64_t a, b;

			x ^= x << 13, x ^= x >> 7, x ^= x << 17;
			a = (int64_t)(x % 30) + 1, b = (int64_t)(x / 64 % 30) + 1;
			if (a != b)
				graph_edge(g, a > b ? a : b, a > b ? b : a);
		}
		wrong += first_cycle(g, &path) != 0;
		graph_reach(g, 30, &reach);
		if (reach.n > 0) {
			graph_edge(g, reach.v[0], 30);
			wrong += first_cycle(g, &path) != 1 || path.v[0] != path.v[path.n - 1] ||
			    !vec_id_has(&path, 30);
		}
		vec_id_release(&path);
		vec_id_release(&reach);
		graph_free(g);
	}
	is_int(wrong, 0, "200 random graphs");
}

static void
test_waves(void)
{
	static const struct {
		const char *edges, *want;	/* "id:wave", "-": a cycle */
	} t[] = {
		{ "", "" },
		{ "7", "7:1" },
		{ "1>2 2>3", "1:3 2:2 3:1" },
		{ "3>2 2>1", "1:1 2:2 3:3" },
		{ "4>3 4>2 3>1 2>1", "1:1 2:2 3:2 4:3" },
		{ "4>1 4>3 3>2 2>1", "1:1 2:2 3:3 4:4" },
		{ "2>1 2>1 2>1", "1:1 2:2" },
		{ "1>2 9>8 5", "1:2 2:1 5:1 8:1 9:2" },
		{ "1>1", "-" },
		{ "1>2 2>1", "-" },
		{ "5>6 1>2 2>3 3>2", "-" },
	};

	for (size_t i = 0; i < sizeof t / sizeof *t; i++) {
		struct graph *g = build(t[i].edges);
		struct vec_id ids = { 0 }, waves = { 0 };
		struct buf b = { 0 };

		if (graph_waves(g, &ids, &waves) == -1)
			buf_puts(&b, ids.n + waves.n == 0 ? "-" : "?");
		for (size_t k = 0; k < ids.n; k++)
			buf_printf(&b, "%s%lld:%lld", k > 0 ? " " : "", (long long)ids.v[k],
			    (long long)waves.v[k]);
		is(buf_str(&b), t[i].want, t[i].edges);
		buf_release(&b);
		vec_id_release(&ids);
		vec_id_release(&waves);
		graph_free(g);
	}
}

static void
test_long_waves(void)
{
	static const int64_t sizes[] = { 5000, 20000, 100000 };

	for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++) {
		struct graph *g = graph_new();
		struct vec_id ids = { 0 }, waves = { 0 };
		int64_t n = sizes[s], wrong = 0;

		/* Ids against the order, so that no walk along them is one along the chain. */
		for (int64_t i = 1; i < n; i++)
			graph_edge(g, n - i, n - i + 1);
		is_int(graph_waves(g, &ids, &waves), 0, "a long chain has waves");
		for (size_t i = 0; i < waves.n; i++)
			wrong += ids.v[i] != (int64_t)i + 1 || waves.v[i] != n - (int64_t)i;
		is_int((int64_t)waves.n - wrong, n, "... as many as it has nodes");
		vec_id_release(&ids);
		vec_id_release(&waves);
		graph_free(g);
	}
}

enum { NODES = 30 };

/* What is wrong with the waves of a graph without cycles: a wave is one more than the
 * greatest of those that its node needs, which is what makes it the earliest. */
static int
wrong_waves(struct graph *g, bool edge[NODES + 1][NODES + 1])
{
	struct vec_id ids = { 0 }, waves = { 0 };
	int64_t wave[NODES + 1] = { 0 };
	int wrong = graph_waves(g, &ids, &waves) != 0 || ids.n != NODES || waves.n != NODES;

	for (size_t i = 0; i < ids.n; i++)
		wave[ids.v[i]] = waves.v[i];
	for (int a = 1; a <= NODES; a++) {
		int64_t most = 0;

		for (int b = 1; b <= NODES; b++)
			if (edge[a][b] && wave[b] > most)
				most = wave[b];
		wrong += wave[a] != most + 1;
	}
	vec_id_release(&ids);
	vec_id_release(&waves);
	return wrong;
}

/* What is wrong with what graph_reach() says: whom a failure of node `from` skips, one step
 * after the other, is who is reached from it along the edges turned round. */
static int
wrong_reach(struct graph *back, bool edge[NODES + 1][NODES + 1], int from)
{
	struct vec_id reach = { 0 };
	bool skipped[NODES + 1] = { false };
	int wrong = 0, more = 1;

	skipped[from] = true;
	while (more) {
		more = 0;
		for (int a = 1; a <= NODES; a++)
			for (int b = 1; b <= NODES; b++)
				if (edge[a][b] && skipped[b] && !skipped[a])
					skipped[a] = true, more = 1;
	}
	graph_reach(back, from, &reach);
	for (int a = 1; a <= NODES; a++)
		wrong += a != from && skipped[a] != vec_id_has(&reach, a);
	vec_id_release(&reach);
	return wrong;
}

/* Nodes are numbered in a random order, so that edges of a graph without cycles lead up
 * and down. */
static void
test_random_waves(void)
{
	struct dice d = { .seed = 20261121 };
	int wrong = 0, cycles = 0, reach = 0;

	for (int round = 0; round < 1000; round++) {
		struct graph *g = graph_new(), *back = graph_new();
		struct vec_id ids = { 0 }, waves = { 0 };
		bool edge[NODES + 1][NODES + 1] = { { false } };
		int name[NODES];

		for (int i = 0; i < NODES; i++) {
			int k = (int)dice(&d, (unsigned)i + 1);

			name[i] = name[k];
			name[k] = i + 1;
			graph_node(g, i + 1);
			graph_node(back, i + 1);
		}
		for (unsigned i = dice(&d, 90); i > 0; i--) {
			int a = (int)dice(&d, NODES - 1) + 1, b = (int)dice(&d, (unsigned)a);

			edge[name[a]][name[b]] = true;
			graph_edge(g, name[a], name[b]);
			graph_edge(back, name[b], name[a]);
		}
		wrong += wrong_waves(g, edge);
		for (int a = 1; a <= NODES; a += 7)
			reach += wrong_reach(back, edge, a);
		/* One edge back along a way closes it. */
		graph_edge(g, 1, NODES + 1);
		graph_edge(g, NODES + 1, 1);
		cycles += graph_waves(g, &ids, &waves) != -1 || ids.n + waves.n != 0;
		vec_id_release(&ids);
		vec_id_release(&waves);
		graph_free(g);
		graph_free(back);
	}
	is_int(wrong, 0, "1000 random graphs: a wave is one more than the last it waits for");
	is_int(reach, 0, "1000 random graphs: whom a failure skips is who is reached from it");
	is_int(cycles, 0, "1000 random graphs with a cycle: there are no waves");
}

int
main(void)
{
	test_cycle();
	test_cycles();
	test_reach();
	test_next();
	test_growth();
	test_chain();
	test_random();
	test_waves();
	test_long_waves();
	test_random_waves();
	return done_testing();
}
