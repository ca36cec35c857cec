#include "api.h"
#include "routes.h"

void
graphql_answer(struct call *c)
{
	api_fail(c, 404, "Not Found");
}
