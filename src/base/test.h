/* test.h - what every unit test includes: cmocka and the headers it forgets to include itself. */
#ifndef BASE_TEST_H
#define BASE_TEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#define TEST(name) static void name(void **state_ __attribute__((unused)))
#define RUN(name)  cmocka_unit_test(name)

#endif
