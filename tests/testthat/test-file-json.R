origin <- list(file = "model.safetensors", format = "model file", call = NULL)
write_and_read <- function(x) from_plain_json(to_plain_json(x), origin)

test_that("plain lists are restored, each number to the last bit", {
  x <- list(
    none = NULL, empty = list(), no_names = list(1, "a", NULL, list(2L)),
    empty_named = stats::setNames(list(), character()),
    flag = TRUE, flags = c(TRUE, NA, FALSE), count = 3L, counts = c(1L, NA, -7L),
    no_count = integer(),
    third = 1 / 3, special = c(NA, NaN, Inf, -Inf, 0), infinite = Inf, missing = NA_real_,
    extremes = c(4.9e-324, .Machine$double.xmax, 2^53 + 2, 1e22), named = c(a = 1, b = NA),
    text = "quote \" backslash \\ line\nend \u00fc \u20ac", texts = c(NA, "NA", "null", ""),
    named_text = c(x = "y"), no_text = character(), no_string = NA_character_,
    adam = structure(list(name = "adam", beta1 = 0.9), class = "feedforward_optimizer")
  )
  expect_identical(write_and_read(x), x)
  expect_identical(1 / write_and_read(list(zero = -0))$zero, -Inf)
  set.seed(1)
  numbers <- rnorm(2000) * 10^runif(2000, -300, 300)
  expect_identical(write_and_read(list(numbers)), list(numbers))
})

test_that("values that JSON cannot hold are refused by name", {
  refused <- function(x, text) expect_refusal(to_plain_json(x), text, "feedforward_error")
  refused(list(a = list(b = Sys.Date())), c("metadata$a$b", "Date"))
  refused(list(a = mean), c("metadata$a", "a function"))
  refused(list(a = quote(x + y)), "metadata$a")
  refused(list(a = globalenv()), "metadata$a")
  refused(list(1, iris), c("metadata$2", "data frame"))
  refused(list(a = matrix(1)), "metadata$a")
  refused(list(a = 1, a = 2), "unique")
  refused(list(a = 1, 2), "unique")
  refused(list(a = 1i), "metadata$a")
})

test_that("JSON that the package does not write is refused", {
  refused <- function(text) expect_refusal(from_plain_json(text, origin), "has JSON metadata with")
  refused("")
  refused("1")
  refused("{\"a\":")
  refused("{\"a\":1,\"a\":2}")
  refused("{\"\":1}")
  refused("{\"a\":[]}")
  refused("{\"a\":[1,2]}")
  refused("{\"a\":[\"complex\",1]}")
  refused("{\"a\":[\"integer\",1.5]}")
  refused("{\"a\":[\"integer\",3000000000]}")
  refused("{\"a\":[\"integer\",{\"b\":1}]}")
  refused("{\"a\":[\"double\",\"0x10\"]}")
  refused("{\"a\":[\"double\",[1,2]]}")
  refused("{\"a\":[\"named\",[\"double\",1,2],\"x\"]}")
  refused("{\"a\":[\"named\"]}")
  refused("{\"a\":[\"class\",{},\"data.frame\"]}")
  refused("{\"a\":[\"class\",1,\"feedforward_optimizer\"]}")
  refused(paste0(strrep("[", 1e5), strrep("]", 1e5)))
  refused(paste0("{\"a\":", strrep("[", 1e5)))
  refused("http://example.org")
  refused("\"text\"")
})

test_that("brackets inside text do not count as lists", {
  deep <- list(a = strrep("[{\"", 1000))
  expect_identical(write_and_read(deep), deep)
})

test_that("JSON that would fill the memory is refused before it is read", {
  refused <- function(text) expect_refusal(from_plain_json(text, origin), "more lists or values")
  refused(sprintf("[%s]", paste(rep("[\"list\"]", 3e5), collapse = ",")))
  refused(sprintf("[\"double\",%s1]", strrep("1,", 3e6)))
  expect_no_error(from_plain_json(sprintf("[\"double\",%s1]", strrep("1,", 1e5)), origin))
})

test_that("long vectors with mixed values are restored, and wrong types are refused", {
  x <- list(a = c(1 / 3, NA, Inf, -Inf, NaN, 7), b = c(NA, TRUE), c = c(NA, 3L), d = c("x", NA))
  expect_identical(write_and_read(x), x)
  long <- list(a = rep(c(0.1, NA, Inf), 1e4), b = rep(c("x", NA), 1e4))
  expect_identical(write_and_read(long), long)
  refused <- function(text) expect_refusal(from_plain_json(text, origin), "has JSON metadata with")
  refused("{\"a\":[\"double\",1,\"text\"]}")
  refused("{\"a\":[\"double\",true]}")
  refused("{\"a\":[\"integer\",1,\"2\"]}")
  refused("{\"a\":[\"logical\",1]}")
  refused("{\"a\":[\"character\",\"x\",[\"list\"]]}")
  expect_refusal(check_json_size(strrep(",", 1e6 + 1), origin), "more lists or values")
})

test_that("text that is not valid in its encoding is refused", {
  invalid <- "caf\xe9"
  Encoding(invalid) <- "UTF-8"
  expect_error(to_plain_json(list(a = invalid)), "invalid encoding", class = "feedforward_error")
  expect_error(to_plain_json(list(a = stats::setNames("x", invalid))), "invalid encoding",
    class = "feedforward_error"
  )
  latin <- "caf\xe9"
  Encoding(latin) <- "latin1"
  expect_identical(write_and_read(list(a = latin)), list(a = "caf\u00e9"))
})
