/*
 * skill - how a kind of work is done, as a text for agents: folders with a SKILL.md
 *
 * A skill is a folder NAME that holds SKILL.md: front matter (YAML between two lines of
 * "---") with `description` and, if it is there, `name`, which is the folder's; behind it
 * the text.  Skills are looked up as prompts are: in orch.d/skills/, in skills/ of the
 * user's folder, then among the shipped ones; the first that has NAME wins.
 */
#ifndef ORCH_WORK_SKILL_H
#define ORCH_WORK_SKILL_H

struct err;
struct project;
struct task;
struct vec_str;

struct skill {
	char *name;
	char *description;	/* one line */
	char *text;		/* without the front matter */
	char *dir;		/* absolute: further files may lie there */
};

/* ERR_CONFIG: there is no such skill, or "PATH:LINE:COLUMN: reason". */
int	skill_load(struct skill *, const struct project *, const char *name, struct err *);
void	skill_release(struct skill *);

/* The names of all that there are, sorted. */
int	skill_names(const struct project *, struct vec_str *, struct err *);

/* Appends the names that the task asks for: selected_skills, skills of its profile, and
 * labels "skill:NAME"; each once, in that order. */
void	skill_chosen(const struct task *, struct vec_str *);

#endif
