# Builds the site into build/site, then looks for dead links. Needs pkgdown, the package itself
# with its vignettes' needs, and the folder tools/site.

source("tools/site/cheat-sheet.R")

site <- "build/site"

main <- function() {
  unlink(site, recursive = TRUE)
  if (is.null(suppressWarnings(utils::nsl("cran.rstudio.com")))) work_offline()
  pkgdown::build_site(
    override = list(destination = site), install = FALSE, new_process = FALSE, preview = FALSE
  )
  copy_figures()
  draw_cheat_sheet(site)
  feedforward::draw_digits(digits_model(), file.path(site, "digits.html"), open = FALSE)
  for (page in pages()) mend_links(page)
  dead <- unlist(lapply(pages(), dead_links))
  if (length(dead) > 0L) stop("dead links:\n", paste(dead, collapse = "\n"), call. = FALSE)
  message("The site is in ", site, ": ", length(pages()), " pages, no dead links")
}

# pkgdown asks CRAN where packages have their sites, and ends without an answer. Offline, code that
# names another package is no link.
work_offline <- function() {
  utils::assignInNamespace("CRAN_urls", function() list(), "downlit")
  utils::assignInNamespace("cran_link", function(...) NULL, "pkgdown")
}

pages <- function() list.files(site, "\\.html$", recursive = TRUE)

# README.md and bench/RESULTS.md show figures that lie beside the results.
copy_figures <- function() {
  dir.create(file.path(site, "bench"))
  figures <- list.files("bench", "\\.png$", full.names = TRUE)
  file.copy(figures, file.path(site, "bench"))
}

# A network trained on MNIST, or NULL, which means synthetic digits, if MNIST can't be downloaded.
digits_model <- function() {
  mnist <- tryCatch(
    feedforward::dataset_mnist(download = TRUE),
    feedforward_download_error = function(e) NULL
  )
  if (is.null(mnist)) {
    return(NULL)
  }
  set.seed(1)
  feedforward::feedforward(
    mnist$train$x, factor(mnist$train$y),
    hidden_units = 64, epochs = 10
  )
}

# Pages of the site for files that README.md and other pages link to.
page_of_file <- c("bench/RESULTS.md" = "articles/benchmarks.html", "NEWS.md" = "news/index.html")

# Links to files of the sources lead to their page of the site. Where there is none, only the text
# stays.
mend_links <- function(page) {
  path <- file.path(site, page)
  html <- xml2::read_html(path, encoding = "UTF-8")
  links <- Filter(function(link) {
    href <- xml2::xml_attr(link, "href")
    !file.exists(target_of(page, href)) && !endsWith(href, "/")
  }, local_links(html))
  for (link in links) mend_link(link, page)
  if (length(links) > 0L) xml2::write_html(html, path)
}

mend_link <- function(link, page) {
  # pkgdown has changed the ends of links to Markdown.
  file <- sub("[.]html$", ".md", sub("^([.][.]/)*", "", xml2::xml_attr(link, "href")))
  if (file %in% names(page_of_file)) {
    up <- strrep("../", lengths(regmatches(page, gregexpr("/", page))))
    xml2::xml_set_attr(link, "href", paste0(up, page_of_file[[file]]))
  } else if (file.exists(file)) {
    xml2::xml_set_name(link, "span")
    xml2::xml_set_attr(link, "href", NULL)
  }
}

local_links <- function(html) {
  links <- xml2::xml_find_all(html, "//a[@href]")
  links[!grepl("^([a-z]+:|//)", xml2::xml_attr(links, "href"))]
}

# The file of the site that a link on a page leads to.
target_of <- function(page, href) {
  path <- utils::URLdecode(sub("[?#].*", "", href))
  if (!nzchar(path)) {
    return(file.path(site, page))
  }
  file.path(site, dirname(page), path)
}

# One line for each link or image of a page without a target, also within a page.
dead_links <- function(page) {
  html <- xml2::read_html(file.path(site, page), encoding = "UTF-8")
  hrefs <- unique(xml2::xml_attr(local_links(html), "href"))
  images <- xml2::xml_attr(xml2::xml_find_all(html, "//img[@src]"), "src")
  hrefs <- c(hrefs, grep("^([a-z]+:|//)", images, value = TRUE, invert = TRUE))
  dead <- Filter(function(href) !leads_somewhere(page, href), hrefs)
  if (length(dead) > 0L) paste0(page, ": ", dead)
}

leads_somewhere <- function(page, href) {
  target <- target_of(page, href)
  if (dir.exists(target)) target <- file.path(target, "index.html")
  anchor <- utils::URLdecode(sub("^[^#]*#?", "", href))
  if (!file.exists(target) || !nzchar(anchor)) {
    return(file.exists(target))
  }
  anchor %in% ids_of(normalizePath(target))
}

# The ids on a page. Each page is read once, as many links lead to it.
ids_of <- local({
  known <- list()
  function(path) {
    if (is.null(known[[path]])) {
      html <- xml2::read_html(path, encoding = "UTF-8")
      known[[path]] <<- xml2::xml_attr(xml2::xml_find_all(html, "//*[@id]"), "id")
    }
    known[[path]]
  }
})

main()
