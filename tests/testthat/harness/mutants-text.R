# JSON and formulas that no model has.

hostile_json <- list(
  nested = function(...) {
    depth <- one_of(c(100L, 10000L))
    paste0("{\"a\":", strrep("[", depth), one_of(c("", strrep("]", depth))), "}")
  },
  number = function(...) {
    sprintf("{\"a\":%s}", one_of(c(
      "1e999", "-1e999", strrep("9", 500L), "1e-999", "NaN", "Infinity", "-Infinity", "0x10", "01",
      "+1", "1.", ".5", "-", "--1", "[\"integer\",1e10]", "[\"integer\",1e400]",
      "[\"double\",\"1\"]",
      "[\"double\",\"Infinity\"]", "[\"integer\",\"NaN\"]", "[\"logical\",1]", "9007199254740993"
    )))
  },
  names = function(...) {
    one_of(c(
      "{\"a\":1,\"a\":2}", "{\"\":1}", "{\"a\":1,\"\\u0061\":2}", "{\"a\":{\"b\":1,\"b\":1}}",
      "{a:1}",
      "{\"__proto__\":1,\"names\":2,\"class\":\"data.frame\"}", "{1:2}", "{\"a\\u0000b\":1}"
    ))
  },
  text = function(...) {
    strings <- list(
      charToRaw("\xff"), charToRaw("\xc0\x80"), charToRaw("\xed\xa0\x80"), as.raw(0:1),
      charToRaw("\\u0000"), charToRaw("\\ud800"), charToRaw("\\udc00\\ud800"), charToRaw("\\x41"),
      charToRaw("\n"), charToRaw("\\"), charToRaw(strrep("\\\\", 5000L)), charToRaw("\\u12")
    )
    c(charToRaw("{\"a\":\""), one_of(strings), charToRaw("\"}"))
  },
  unclosed = function(...) {
    paste0("{\"a\":\"", strrep(one_of(c("\\\"", "\\n", "\\")), 1e5), one_of(c("", "\\", "\n")))
  },
  class = function(...) {
    sprintf("{\"a\":%s}", one_of(c(
      "[\"class\",{},\"data.frame\"]", "[\"class\",{\"name\":\"sgd\"},\"feedforward_optimizer\"]",
      "[\"class\",1,\"feedforward_init\"]", "[\"class\"]", "[\"named\",[\"double\",1]]",
      "[\"named\"]",
      "[\"named\",[\"named\",[\"double\",1],\"a\"],\"b\"]", "[\"list\",[\"list\"]]", "[[\"list\"]]",
      "[\"expression\",\"stop()\"]", "[\"closure\"]", "[\"list\",null]", "[null]", "[{}]", "[\"\"]",
      "[\"class\",{\"a\":1},\"feedforward_schedule\",\"feedforward\"]", "[true]",
      "[\"double\",true]"
    )))
  },
  many = function(...) {
    n <- one_of(c(3e4, 3e5))
    one_of(c(
      paste0("{\"a\":[\"double\"", strrep(",1", n), "]}"), paste0("{\"a\":[", strrep("{},", n),
      "1]}"),
      paste0("{\"a\":\"", strrep("[", n), "\"}"), strrep("[{\"a\":", n), strrep(" ", n)
    ))
  },
  syntax = function(...) {
    one_of(c(
      "", "1", "null", "true", "\"text\"", "[]", "[1,]", "{\"a\":1,}", "{\"a\"}", "{\"a\":}", "{]",
      "{\"a\":1}{\"b\":2}", "{\"a\":1} x", "// a\n{}", "\ufeff{}", "{'a':1}", "http://localhost",
      "/etc/passwd", "{\"a\":NULL}", "{\"a\":undefined}"
    ))
  }
)

# ---- Formulas ---------------------------------------------------------------------------

# A harmful file would leave its mark here.
mutant_mark <- function() file.path(tempdir(), "mutant-was-run")

formula_widths <- c(size = 1, count = 1, z = 1, y = 3)

# As a file with this text is read: parsed, and turned into columns.
read_formula_text <- function(text) {
  if (is.raw(text)) text <- rawToChar(text[text != 0])
  column <- function(name) list(name = name, type = "double", levels = NULL)
  parts <- list(
    kind = "formula", formula = text, outcomes = list(column("y")),
    predictors = lapply(c("size", "count", "z"), column),
    settings = list(intercept = FALSE, indicators = "one_hot", composition = "matrix")
  )
  failed <- function(cnd) stop_file(mutant_origin, "columns", conditionMessage(cnd))
  tryCatch(mold_parts(parts), error = failed)
  parse_formula(text, formula_widths)
}

formula_fault <- function(value, ...) {
  called <- setdiff(all.names(value), c(names(formula_widths), ".", "~", formula_functions))
  if (file.exists(mutant_mark())) {
    return("code was run")
  }
  if (length(called)) paste("a formula with", toString(called))
}

harmful_calls <- function() {
  mark <- encodeString(mutant_mark(), quote = "\"")
  run <- sprintf("file.create(%s)", mark)
  c(
    run, sprintf("base::%s", run), sprintf("base:::%s", run), sprintf("(function() %s)()", run),
    sprintf("(\\() %s)()", run), sprintf("system(\"touch %s\")", mutant_mark()),
    sprintf("{%s}", run),
    sprintf("eval(parse(text = %s))", encodeString(run, quote = "\"")), sprintf("`I`({%s})", run),
    sprintf("do.call(\"file.create\", list(%s))", mark), sprintf("\"file.create\"(%s)", mark),
    sprintf("size[%s]", run), sprintf("size$`%s`", run), sprintf("`log<-`(size, %s)", run),
    sprintf("if (TRUE) %s", run), sprintf("(z <- %s)", run), sprintf("`%%in%%`(size, %s)", run),
    sprintf("function(x = %s) x", run), sprintf("!!%s", run), sprintf("~%s", run),
    sprintf("offset(%s)", run)
  )
}

hostile_formulas <- list(
  call = function(...) {
    sprintf(one_of(c("y ~ %s", "y ~ size + %s", "y ~ log(%s)", "%s ~ size", "%s", "y ~ size; %s",
      "`~`(y, %s)", "`~`(y, size, %s)", "y ~ I(size^%s)", "y ~ (size + %s)^2", "y ~ log(size, %s)",
      "y ~ .:%s", "y ~ -%s", "(function() %s)() ~ y", "`~`((\\() %s)(), y)")),
      one_of(harmful_calls()))
  },
  deep = function(...) {
    n <- one_of(c(40L, 60L, 1000L, 10000L))
    sprintf("y ~ %s", one_of(c(
      paste0(strrep("(", n), "size", strrep(")", n)), paste0(strrep("-", n), "size"),
      paste0(strrep("I(", n), "size", strrep(")", n)), strrep("(", n), paste0(strrep("~", n), "z"),
      paste0(strrep("size^", n), "2"), paste0(strrep("{", n), "z"), paste0(strrep("!", n), "z")
    )))
  },
  many = function(...) {
    n <- one_of(c(300L, 2000L, 1e4L, 1e5L, 1e6L))
    operator <- one_of(c("+", "*", ":", "-", "/", "^", " %in% "))
    paste0("y ~ ", strrep(paste0(one_of(c("size", "z", "1", ".")), operator), n), "z")
  },
  power = function(...) {
    paste("y ~", one_of(c(
      "(.)^100", "(size + z)^1e9", "((size + z)^3)^3", "(.)^size", "(.)^-1", "(.)^NA", "(.)^Inf",
      "(.)^NaN", ".:.:.:.:.", "(.)^(3)", "(.)^0", "1e400", "0x10", "NULL", "TRUE", "1i", "-1", "0",
      "1"
    )))
  },
  sequence = function(...) {
    one_of(c(
      "y ~ size + exp(1:1e8)", "y ~ log(size:1e8) + z", "y ~ I((1:1e8)[1])", "y:1e8 ~ size",
      "log(1:1e8) ~ size", "y ~ sqrt(-(1:1e8))", "y ~ size:1e8", "y ~ exp(`:`(1, 1e8))"
    ))
  },
  arguments = function(...) {
    n <- one_of(c(100L, 1e4L, 2e5L))
    sprintf(one_of(c("y ~ log(%s1)", "y ~ I(%s1)", "%s1 ~ y")), strrep(one_of(c("1,", "z+")), n))
  },
  odd = function(...) {
    one_of(c(
      "", "y", "~ size", "y ~", "y ~ size ~ z", "y ~ 'size'", "y ~ `no column`", "y ~ ..1",
      "y ~ ...",
      "y ~ size z", "y ~ log()", "y ~ log(, size)", "y ~ log(size, size, size)", "y ~ I", "y ~ #",
      "y ~ \u00fc", "y ~ r\"(size)\"", "y ~ size |> log()", "y := size", "y ~ y", "y ~ . - .",
      ". ~ size",
      "size ~ size", "y ~ log(x = size)", "y ~ log(base = 2, size)", "y ~ round(size, 1e9)",
      "y ~ sin(y)",
      "y ~ log(size - 5)", "y ~ sqrt(-size)", "y ~ 1 / (size - size)", "cbind(y, z) ~ size",
      "y + z ~ size"
    ))
  }
)
