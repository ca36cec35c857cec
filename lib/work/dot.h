/*
 * dot - tasks as a graph in the language of Graphviz
 *
 * A node for each task, an edge from each dependency to who waits for it, a cluster for
 * each parent and what is below it.  Titles are foreign text: they are quoted so that no
 * byte of them means anything to Graphviz, neither as DOT nor as an entity.  Linear in
 * tasks and dependencies, and no recursion, however the parents lie.
 */
#ifndef ORCH_WORK_DOT_H
#define ORCH_WORK_DOT_H

struct buf;
struct err;
struct tasks;
struct vec_id;

#define DOT_TITLE_MAX 60	/* code points of a title */
#define DOT_DEPTH_MAX 32	/* of clusters; Graphviz goes down them by recursion */

/* Of these tasks, each there; what leads to others is left out. */
void	dot_graph(const struct tasks *, const struct vec_id *, struct buf *);

/* Has Graphviz draw it as SVG.  ERR_FAILED: there is no dot on PATH, or it did not end with
 * 0; what it says goes to descriptor 2. */
int	dot_svg(const struct buf *text, struct buf *svg, struct err *);

#endif
