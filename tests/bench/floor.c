/* The least that a command with these libraries can cost: it loads them and ends. */
#include <jansson.h>
#include <yaml.h>

int
main(void)
{
	int major, minor, patch;
	json_t *v = json_null();

	yaml_get_version(&major, &minor, &patch);
	return !json_is_null(v) || major < 0;
}
