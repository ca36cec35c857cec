/*
 * graph - edges between ids: cycles, waves, reachability; no recursion
 *
 * One module for dependencies, children and plans.  Nodes are int64_t ids that
 * need not be dense.  Works on graphs of 100,000 edges and chains of any length.
 */
#ifndef ORCH_TASK_GRAPH_H
#define ORCH_TASK_GRAPH_H

#include <stdint.h>

struct buf;
struct vec_id;

struct graph;

struct graph *graph_new(void);
void	graph_free(struct graph *);
void	graph_node(struct graph *, int64_t id);
void	graph_edge(struct graph *, int64_t from, int64_t to);	/* "from needs to" */

/* 1 and the ids of a shortest way from that node back to it, its own at both ends; 0: there
 * is none.  Asked of many nodes in turn it is linear but for the lengths of the ways. */
int	graph_cycle_at(struct graph *, int64_t id, struct vec_id *path);

/*
 * All cycles, in that form, one for each set of nodes that lead to each other (a
 * shortest one through its smallest id), by that id: mending an edge of each leaves
 * only such as lay in one set with it.  Linear but for the lengths of the ways.
 */
void	graph_cycles(struct graph *, void (*each)(const struct vec_id *path, void *),
	    void *arg);

/* "3 -> 5 -> 3" */
void	graph_path_text(const struct vec_id *, struct buf *);

/*
 * The waves: all nodes, ascending, into `ids`, and into `waves`, place by place, 1 for a
 * node that needs none and else one more than the greatest of those it needs: what a wave
 * has can go on at once when those before it have ended.  -1, and both as they were: there
 * is a cycle.  Linear.
 */
int	graph_waves(struct graph *, struct vec_id *ids, struct vec_id *waves);

/* All that the edges of id lead to; ascending. */
void	graph_next(struct graph *, int64_t id, struct vec_id *);

/* All that can be reached from id along the edges, without id; ascending. */
void	graph_reach(struct graph *, int64_t id, struct vec_id *);

#endif
