use_harness("handwriting")

page_of <- function(fit, ..., env = parent.frame()) {
  path <- withr::local_tempfile(fileext = ".html", .local_envir = env)
  draw_digits(fit, path, open = FALSE, ...)
  path
}

# n images with the ink of side x side pixels as rows, and classes that depend on it.
random_ink <- function(n, side = 6) {
  ink <- matrix(sample(0:255, n * side^2, TRUE) / 255, n)
  list(x = ink, y = factor(c("low", "middle", "high")[cut(rowSums(ink[, 1:9]), 3, FALSE)]))
}

images_of <- function(ink, side = sqrt(ncol(ink))) {
  aperm(array(t(ink), c(side, side, nrow(ink))), c(3, 2, 1))
}

forward_code <- paste(
  "(() => { const network = readNetwork(JSON.parse(text));",
  "return input.map((ink) => { const a = forward(network, ink); return Array.from(a[a.length - 1]);",
  "}); })()"
)

expect_same_forward <- function(fit, ink, data, tolerance = 1e-12, precision = "double", ...) {
  found <- run_page(page_of(fit, precision = precision, ...), forward_code, ink)
  expected <- unname(predict(fit, data, type = "prob"))
  expect_identical(dim(found), dim(expected))
  expect_lt(max(abs(found - expected)), tolerance)
}

# ---- The network -------------------------------------------------------------------------------

test_that("the page computes the probabilities of predict()", {
  skip_without_node(NULL)
  withr::local_seed(1)
  ink <- random_ink(1000)
  images <- round(255 * images_of(ink$x))
  pairs <- split(c(names(activations), "relu"), rep(1:6, each = 2))
  expect_length(unique(unlist(pairs)), length(activations))
  for (k in seq_along(pairs)) {
    fit <- quick_fit(images, ink$y, activation = pairs[[k]], hidden_units = c(7, 5),
      standardize = k %% 2 == 0)
    expect_same_forward(fit, ink$x, images)
  }
})

test_that("the page reads matrices in any encoding, range, and order of pixels", {
  skip_without_node(NULL)
  withr::local_seed(2)
  ink <- random_ink(50)
  for (encoding in list(NULL, "robust", "piecewise")) {
    fit <- quick_fit(ink$x, ink$y, encoding = encoding)
    expect_same_forward(fit, ink$x, ink$x)
  }
  negative <- 2 * ink$x - 1
  expect_same_forward(quick_fit(negative, ink$y), ink$x, negative, range = c(-1, 1))
  inverted <- images_of(1 - ink$x)
  expect_same_forward(quick_fit(inverted, ink$y), ink$x, inverted, range = c(1, 0))
  by_column <- ink$x[, as.vector(matrix(1:36, 6, byrow = TRUE))]
  expect_same_forward(quick_fit(by_column, ink$y), ink$x, by_column, byrow = FALSE)
  bytes <- matrix(as.raw(255 * ink$x), nrow(ink$x))
  expect_same_forward(quick_fit(bytes, ink$y), ink$x, bytes)
})

test_that("the page runs networks without hidden layers, of the script, and in single precision", {
  skip_without_node(NULL)
  withr::local_seed(3)
  ink <- random_ink(50)
  expect_same_forward(quick_fit(ink$x, ink$y, hidden_units = 0), ink$x, ink$x)
  nn <- train_nn(ink$x, to_categorical(ink$y), init_nn(36, 4, 3), epochs = 2, verbose = FALSE)
  expect_same_forward(as_feedforward(nn), ink$x, ink$x)
  fit <- quick_fit(ink$x, ink$y)
  expect_same_forward(fit, ink$x, ink$x, tolerance = 1e-5, precision = "single")
  expect_lt(file.size(page_of(fit)), file.size(page_of(fit, precision = "double")))
})

test_that("a class name without letters is shown in quotes", {
  skip_without_node(NULL)
  withr::local_seed(13)
  y <- factor(rep(c("", " ", "a"), 10), levels = c("", " ", "a"))
  path <- page_of(quick_fit(random_ink(30)$x, y))
  names <- run_page(path, "readNetwork(JSON.parse(text)).names", 1)
  expect_identical(unlist(names), c("\u201c\u201d", "\u201c \u201d", "a"))
})

# ---- From strokes to pixels --------------------------------------------------------------------

ink_in_page <- function(drawings, side = 28) {
  path <- page_of(quick_fit(random_ink(20)$x, gl(2, 10)))
  run_page(path, "input.drawings.map((strokes) => Array.from(inkOf(strokes, input.side)))",
    list(drawings = drawings, side = side))
}

# The same in R: each pixel by its distance to all lines.
ink_in_r <- function(strokes, side = 28) {
  pixel <- side / 28
  points <- do.call(rbind, strokes)
  ends <- apply(points, 2L, range)
  scale <- 17.5 * pixel / max(apply(ends, 2L, diff))
  shift <- c(0, 0)
  centers <- as.matrix(expand.grid(x = seq_len(side), y = seq_len(side))) - 0.5
  for (round in 1:3) {
    distances <- lapply(strokes, function(stroke) {
      stroke <- t(side / 2 + scale * (t(stroke) - colMeans(ends)) + shift)
      segments <- lapply(seq_len(nrow(stroke))[-1L], function(i) {
        distances_to_line(centers, stroke[i - 1L, ], stroke[i, ])
      })
      do.call(pmin, segments)
    })
    ink <- pmin(pmax(1.25 * pixel + 0.5 - do.call(pmin, distances), 0), 1)
    shift <- shift + side / 2 - colSums(ink * centers) / sum(ink)
    shift <- pmin(pmax(shift, -4 * pixel), 4 * pixel)
  }
  ink
}

distances_to_line <- function(points, from, to) {
  from_start <- t(t(points) - from)
  along <- drop(from_start %*% (to - from)) / sum((to - from)^2)
  sqrt(rowSums((from_start - pmin(pmax(along, 0), 1) %o% (to - from))^2))
}

test_that("strokes become pixels as in a plain version in R", {
  skip_without_node(NULL)
  withr::local_seed(4)
  drawings <- handwriting(1)
  for (side in c(28, 16)) {
    found <- ink_in_page(drawings, side)
    expected <- t(vapply(drawings, ink_in_r, numeric(side^2), side))
    expect_lt(max(abs(found - expected)), 1e-9)
  }
})

test_that("drawings fill 20 of 28 pixels and are centered by mass", {
  skip_without_node(NULL)
  withr::local_seed(5)
  ink <- ink_in_page(handwriting(5))
  for (k in seq_len(nrow(ink))) {
    image <- matrix(ink[k, ], 28, byrow = TRUE)
    size <- c(sum(rowSums(image) > 0.5), sum(colSums(image) > 0.5))
    expect_gte(max(size), 19)
    expect_lte(max(size), 21)
    center <- c(sum(row(image) * image), sum(col(image) * image)) / sum(image) - 0.5
    expect_lt(max(abs(center - 14)), 0.5)
  }
})

test_that("size and place do not matter, and a dot is a dot", {
  skip_without_node(NULL)
  withr::local_seed(6)
  drawing <- lapply(handwriting(1)[[4]], function(stroke) 0.2 + 0.3 * stroke)
  moved <- lapply(drawing, function(stroke) t(t(stroke) + c(-0.15, 0.2)))
  larger <- lapply(drawing, function(stroke) 2 * stroke)
  ink <- ink_in_page(list(drawing, moved, larger, list(matrix(c(0.9, 0.1), 1))))
  expect_lt(max(abs(ink[1, ] - ink[2, ])), 1e-9)
  expect_lt(max(abs(ink[1, ] - ink[3, ])), 1e-9)
  dot <- matrix(ink[4, ], 28)
  expect_identical(range(which(rowSums(dot) > 0)), c(13L, 16L))
  expect_gt(sum(dot), 4)
})

# ---- The page in a browser ---------------------------------------------------------------------

test_that("the network of the package reads drawn digits", {
  skip_without_node("playwright-core")
  skip_without_chromium()
  withr::local_seed(7)
  seen <- visit_page(page_of(NULL), "
    const read = [];
    for (const strokes of input) {
      await draw(strokes);
      read.push(await best());
      await page.evaluate(() => document.getElementById('clear').click());
    }
    return read;", handwriting(5))
  right <- seen$value == rep(0:9, each = 5)
  expect_length(right, 50L)
  expect_gte(sum(right), 45L)
  expect_length(seen$messages, 0L)
  expect_match(seen$requests, "^(file|data):")
})

hostile_labels <- c(
  "</script><script>alert(1)</script>", "<img src=x onerror=alert(1)>", "<!-- <script>", "\"'`&amp;",
  "back\\slash\\u003c", "line\u2028end\u2029", "\U1F600", "\u202Eright to left", "{{data}}", "tab\tend"
)

test_that("names of classes are shown as text and nothing of them is run", {
  withr::local_seed(8)
  ink <- random_ink(50)
  y <- factor(rep(hostile_labels, 5), levels = hostile_labels)
  seen <- visit_page(page_of(quick_fit(ink$x, y)), "
    await draw([[[0.2, 0.2], [0.8, 0.8]]]);
    const names = await page.$$eval('.bars bdi', (all) => all.map((one) => one.textContent));
    const scripts = await page.$$eval('script, img', (all) => all.length);
    return { names, scripts, best: await best() };")
  expect_identical(seen$value$names, hostile_labels)
  expect_identical(seen$value$scripts, 2L)
  expect_true(seen$value$best %in% hostile_labels)
  expect_length(seen$messages, 0L)
})

test_that("the page works on a phone, by keyboard, and when strokes are taken back", {
  withr::local_seed(9)
  ink <- random_ink(50)
  fit <- quick_fit(ink$x, ink$y, hidden_units = c(30, 3))
  seen <- visit_page(page_of(fit), width = 390, "
    const text = (id) => page.textContent('#' + id);
    const disabled = () => page.$$eval('.buttons button', (all) => all.map((one) => one.disabled));
    const shares = () => page.$$eval('.percent', (all) => all.map((one) => one.textContent));
    const value = { blank: [await best(), await text('sure')], off: await disabled() };
    await draw([[[0.2, 0.2], [0.8, 0.8]]]);
    value.on = await disabled();
    value.first = await shares();
    await draw([[[0.8, 0.1], [0.1, 0.8]]]);
    value.both = await shares();
    await page.keyboard.press('Control+z');
    value.undone = await shares();
    await page.hover('button.unit >> nth=4');
    value.pointed = await text('unit-name');
    await page.focus('button.unit >> nth=0');
    await page.keyboard.press('ArrowRight');
    value.moved = await text('unit-name');
    await page.click('#undo');
    value.empty = [await best(), await text('sure')];
    value.units = await page.$$eval('.unit', (all) => all.length);
    value.wide = await page.evaluate(() => document.documentElement.scrollWidth);
    return value;")
  value <- seen$value
  expect_identical(value$blank[1], "")
  expect_identical(value$empty, value$blank)
  expect_identical(value$off, c(TRUE, TRUE))
  expect_identical(value$on, c(FALSE, FALSE))
  expect_false(identical(value$first, value$both))
  expect_identical(value$undone, value$first)
  expect_identical(c(value$pointed, value$moved), paste("Weights of unit", c(5, 2)))
  expect_identical(value$units, 33L)
  expect_identical(value$wide, 390L)
  expect_length(seen$messages, 0L)
})

# ---- In R ----------------------------------------------------------------------------------------

test_that("the page is one file without addresses, and the path is returned", {
  withr::local_seed(10)
  ink <- random_ink(20)
  fit <- quick_fit(ink$x, gl(2, 10))
  path <- withr::local_tempfile(fileext = ".html")
  expect_identical(withVisible(draw_digits(fit, path)), list(value = path, visible = FALSE))
  lines <- readLines(path)
  expect_length(grep("https?:|[{]{2}|@import|<link rel=\"style", lines), 0L)
  expect_match(draw_digits(fit), "[.]html$")
})

test_that("the page opens in the viewer if it is temporary, or else in the browser", {
  opened <- NULL
  withr::local_options(
    viewer = function(url) opened <<- c("viewer", url),
    browser = function(url) opened <<- c("browser", url)
  )
  withr::local_seed(11)
  fit <- quick_fit(random_ink(20)$x, gl(2, 10))
  path <- draw_digits(fit, open = TRUE)
  expect_identical(opened, c("viewer", normalizePath(path, "/")))
  withr::local_options(viewer = NULL)
  draw_digits(fit, path, open = TRUE)
  expect_identical(opened[1], "browser")
  expect_match(opened[2], "^file:///.*[.]html$")
  expect_match(file_address("/a b/50%25#1?.html"), "/a%20b/50%2525%231%3F.html", fixed = TRUE)
  expect_identical(file_address("C:/a.html"), "file:///C:/a.html")
  withr::local_options(browser = function(url) stop("no browser"))
  expect_message(draw_digits(fit, path, open = TRUE), "Open this file in a browser: .*[.]html",
    class = "feedforward_message")
})

test_that("without a model, the network is the same each time and R's random numbers go on", {
  few <- function(n) {
    list(x = array(sample(0:255, 784 * 20, TRUE), c(20, 28, 28)), y = rep(0:9, 2))
  }
  withr::local_preserve_seed()
  RNGkind("Wichmann-Hill")
  set.seed(1)
  before <- random_seed()
  first <- with_replaced("simulate_digits", few, readLines(draw_digits(open = FALSE)))
  expect_identical(random_seed(), before)
  set.seed(2, "Mersenne-Twister")
  second <- with_replaced("simulate_digits", few, readLines(draw_digits(open = FALSE)))
  expect_identical(first, second)
})

test_that("models that the page cannot show are refused with a way out", {
  withr::local_seed(12)
  path <- withr::local_tempfile(fileext = ".html")
  refused <- function(fit, ..., range = NULL) {
    expect_says(draw_digits(fit, path, open = FALSE, range = range), ...)
  }
  x <- random_ink(20)$x
  y <- gl(2, 10)
  refused(1, "`fit` must be a model made by `feedforward()`, not the number 1")
  expect_says(draw_digits(path, quick_fit(x, y)), "The model comes first: `draw_digits(fit, path)`.")
  refused(quick_fit(x, 1:20), "must predict classes, but its outcome is numeric", "factor(y)")
  refused(quick_fit(x, cbind(a = y == 1, b = y == 2), loss = "binary_cross_entropy"),
    "its outcome is several labels")
  refused(quick_fit(data.frame(x), y), "trained on a table", "a matrix of pixels")
  refused(quick_fit(provideDimnames(x), y), "trained on a matrix with column names", "`unname(x)`")
  refused(quick_fit(x[, 1:35], y), "a matrix with 35 columns, not a square number")
  refused(quick_fit(array(x, c(20, 9, 4)), y), "images of 9 x 4 pixels", "Pad the images")
  refused(quick_fit(255 * x, y), "`range` is missing, and the pixels are not between 0 and 1",
    "Pixel 1 has a mean of", "range = c(0, 255)")
  refused(quick_fit(255 * x, y, encoding = "robust"), "Pixel 1 has a median of")
  refused(quick_fit(x, y), "`range` must be two different finite numbers", range = c(1, 1))
  refused(quick_fit(x, y), "`range` must be two", range = "0 to 1")
  average <- feedforward_cv(x, y, candidates = list(list(epochs = 2)), folds = 2)
  refused(average, "network_of(fit, 1)")
  expect_says(draw_digits(quick_fit(x, y), 1), "`path` must be a non-empty string")
  expect_says(draw_digits(quick_fit(x, y), open = NA), "`open` must be TRUE or FALSE")
  expect_says(draw_digits(quick_fit(x, y), byrow = 1), "`byrow` must be TRUE or FALSE")
  expect_says(draw_digits(quick_fit(x, y), precision = "half"), "`precision` must be one of")
  expect_false(file.exists(path))
})
