// Catch's own main(), apart from the tests because it takes long to compile.
#define CATCH_CONFIG_MAIN
#include <catch.h>
