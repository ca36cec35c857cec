#include "net/git_land.h"

#include <git2.h>
#include <git2/sys/mempack.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/str.h"
#include "net/git.h"
#include "net/git_impl.h"
#include "sys/fault.h"

#define NAMED 3		/* files in conflict that are named; the rest is counted */

int
gitlib_id(const char *hex, git_oid *id, struct err *e)
{
	if (strlen(hex) != GIT_OID_HEXSZ || git_oid_fromstr(id, hex) != 0)
		return err_set(e, ERR_FAILED, "'%s' is no id of a commit", hex);
	return 0;
}

int
git_tip(struct git *g, const char *branch, char id[GIT_ID_MAX], struct err *e)
{
	char *name = xasprintf("refs/heads/%s", branch);
	git_oid oid;
	int rc = git_reference_name_to_id(&oid, g->repo, name);

	free(name);
	if (rc == GIT_ENOTFOUND || rc == GIT_EINVALIDSPEC)
		return 2;
	if (rc != 0)
		return gitlib_fail(e, ERR_FAILED, "cannot read the branch '%s'", branch);
	git_oid_tostr(id, GIT_ID_MAX, &oid);
	return 0;
}

int
git_has(struct git *g, const char *whole, const char *part, struct err *e)
{
	git_oid a, b;
	int r;

	if (gitlib_id(whole, &a, e) == -1 || gitlib_id(part, &b, e) == -1)
		return -1;
	r = git_oid_equal(&a, &b) ? 1 : git_graph_descendant_of(g->repo, &a, &b);
	return r >= 0 ? r : gitlib_fail(e, ERR_FAILED, "cannot compare two commits");
}

int
git_dry(struct git *g, struct err *e)
{
	git_odb *odb = NULL;
	git_odb_backend *memory = NULL;
	int rc = git_repository_odb(&odb, g->repo);

	if (rc == 0)
		rc = git_mempack_new(&memory);
	/* The one with the highest number gets what is written. */
	if (rc == 0)
		rc = git_odb_add_backend(odb, memory, 1000);
	git_odb_free(odb);
	return rc == 0 ? 0 : gitlib_fail(e, ERR_SYSTEM, "cannot keep objects in memory");
}

static void
make_durable(void)
{
	git_libgit2_opts(GIT_OPT_ENABLE_FSYNC_GITDIR, getenv("ORCH_TEST_NOSYNC") == NULL);
}

/* ---- rebasing ---- */

static int
name_conflicts(git_index *index, struct buf *names, struct err *e)
{
	git_index_conflict_iterator *it = NULL;
	const git_index_entry *base, *ours, *theirs;
	size_t n = 0;

	if (git_index_conflict_iterator_new(&it, index) != 0)
		return gitlib_fail(e, ERR_FAILED, "cannot read the conflicts");
	while (git_index_conflict_next(&base, &ours, &theirs, it) == 0) {
		const char *path = (ours ? ours : theirs ? theirs : base)->path;

		if (++n > NAMED)
			continue;
		buf_puts(names, n > 1 ? ", " : "");
		str_visible(names, path, strlen(path), false);
	}
	if (n > NAMED)
		buf_printf(names, " and %zu more", n - NAMED);
	git_index_conflict_iterator_free(it);
	return 0;
}

/* One commit after the other: 0, 1 a conflict, -1.  `id` is the last one that was made. */
static int
pick(git_repository *repo, git_rebase *rebase, git_oid *id, struct buf *conflicts,
    struct err *e)
{
	git_rebase_operation *op;
	git_signature *sig = NULL;
	git_index *index = NULL;
	git_oid made;
	int rc, r = -1;

	if (gitlib_signature(repo, &sig) != 0)
		return gitlib_fail(e, ERR_FAILED, "cannot tell who rebases");
	while ((rc = git_rebase_next(&op, rebase)) == 0) {
		git_index_free(index);
		index = NULL;
		if (git_rebase_inmemory_index(&index, rebase) != 0)
			break;
		if (git_index_has_conflicts(index)) {
			r = name_conflicts(index, conflicts, e) == -1 ? -1 : 1;
			goto done;
		}
		rc = git_rebase_commit(&made, rebase, NULL, sig, NULL, NULL);
		if (rc == 0)
			git_oid_cpy(id, &made);
		else if (rc != GIT_EAPPLIED)
			break;
	}
	r = rc == GIT_ITEROVER ? 0 : gitlib_fail(e, ERR_FAILED, "cannot rebase");
done:
	git_index_free(index);
	git_signature_free(sig);
	return r;
}

static int
rebase_on(git_repository *repo, const git_oid *tip, const git_oid *onto, git_oid *id,
    struct buf *conflicts, struct err *e)
{
	git_rebase_options opts;
	git_annotated_commit *from = NULL, *to = NULL;
	git_rebase *rebase = NULL;
	int r = -1;

	git_rebase_options_init(&opts, GIT_REBASE_OPTIONS_VERSION);
	opts.inmemory = 1;
	git_oid_cpy(id, onto);
	if (git_annotated_commit_lookup(&from, repo, tip) != 0 ||
	    git_annotated_commit_lookup(&to, repo, onto) != 0 ||
	    git_rebase_init(&rebase, repo, from, to, NULL, &opts) != 0)
		gitlib_fail(e, ERR_FAILED, "cannot rebase");
	else
		r = pick(repo, rebase, id, conflicts, e);
	git_rebase_free(rebase);
	git_annotated_commit_free(to);
	git_annotated_commit_free(from);
	return r;
}

int
git_replay(struct git *g, const char *tip, const char *onto, char id[GIT_ID_MAX],
    struct buf *conflicts, struct err *e)
{
	git_oid from, to, made;
	int r;

	if ((r = git_has(g, tip, onto, e)) != 0) {
		memcpy(id, tip, GIT_ID_MAX);
		return r == 1 ? 0 : -1;
	}
	if ((r = git_has(g, onto, tip, e)) != 0) {
		memcpy(id, onto, GIT_ID_MAX);
		return r == 1 ? 0 : -1;
	}
	make_durable();
	if (gitlib_id(tip, &from, e) == -1 || gitlib_id(onto, &to, e) == -1 ||
	    (r = rebase_on(g->repo, &from, &to, &made, conflicts, e)) == -1)
		return -1;
	if (r == 0)
		git_oid_tostr(id, GIT_ID_MAX, &made);
	return r;
}

/* ---- moving branches ---- */

int
gitlib_move(const struct git *g, const char *branch, const git_oid *old, const git_oid *id, struct err *e)
{
	char *name = xasprintf("refs/heads/%s", branch);
	git_reference *ref = NULL;
	int rc;

	make_durable();
	fault_step("git-move");
	rc = git_reference_create_matching(&ref, g->repo, name, id, 1, old, "orch-land");
	git_reference_free(ref);
	free(name);
	if (rc == GIT_EMODIFIED || rc == GIT_ENOTFOUND)
		return 1;
	return rc == 0 ? 0 : gitlib_fail(e, ERR_FAILED, "cannot move the branch '%s'", branch);
}

int
git_advance_check(struct git *g, const char *branch, const char *except, struct err *e)
{
	char *where = git_holder(g, branch);
	int r = where == NULL ? 0 : gitlib_tidy(where, except, e);

	free(where);
	return r;
}

/* git(1) looks at where it is itself; what came of it is seen by the branch. */
static int
follow(struct git *g, const char *where, const char *branch, const char *old, const char *id,
    int hold, struct err *e)
{
	char now[GIT_ID_MAX];
	struct err why = { 0 };
	int r;

	fault_step("git-follow");
	r = gitlib_forward(where, id, hold, &why);
	if (git_tip(g, branch, now, e) != 0)
		return -1;
	if (strcmp(now, id) == 0)
		return 0;
	if (strcmp(now, old) != 0)
		return 1;
	*e = why;
	return r == -1 ? -1 : err_set(e, ERR_BUSY, "the branch '%s' is not checked out in '%s' "
	    "any more", branch, where);
}

int
git_advance(struct git *g, const char *branch, const char *old, const char *id,
    const char *except, int hold, struct err *e)
{
	char *where = git_holder(g, branch), now[GIT_ID_MAX];
	git_oid from, to;
	int r = -1;

	if (gitlib_id(old, &from, e) == -1 || gitlib_id(id, &to, e) == -1)
		goto done;
	if (where == NULL)
		r = gitlib_move(g, branch, &from, &to, e);
	else if ((r = git_tip(g, branch, now, e)) != 0 || strcmp(now, old) != 0)
		r = r == -1 ? -1 : 1;
	else if ((r = gitlib_tidy(where, except, e)) == 0)
		r = follow(g, where, branch, old, id, hold, e);
done:
	free(where);
	return r;
}
