# Draws the logo, a small network in a hexagon: man/figures/logo.svg, and the icons of the site in
# pkgdown/favicon. `Rscript tools/site/logo.R` from the top folder writes them again.

background <- "#0B3C5D"
edge_color <- "#7FB7D9"
node_colors <- c("#FFFFFF", "#F2A541", "#FFFFFF")

main <- function() {
  writeLines(as_svg(c(shapes(), caption())), "man/figures/logo.svg")
  icons <- "pkgdown/favicon"
  dir.create(icons, recursive = TRUE, showWarnings = FALSE)
  writeLines(as_svg(shapes()), file.path(icons, "favicon.svg"))
  for (size in c(16, 32, 96)) {
    draw_icon(file.path(icons, sprintf("favicon-%dx%d.png", size, size)), size)
  }
  draw_icon(file.path(icons, "apple-touch-icon.png"), 180)
  write_ico(file.path(icons, "favicon-32x32.png"), file.path(icons, "favicon.ico"), 32)
}

# The network: for each layer, the x of its nodes and their y, around the middle.
layers <- list(
  list(x = 62, y = 118 + 30 * (-1.5):1.5),
  list(x = 120, y = 118 + 30 * (-2):2),
  list(x = 178, y = 118 + 30 * (-1):1)
)

hexagon <- list(x = c(120, 234, 234, 120, 6, 6), y = c(5, 71, 207, 273, 207, 71))

# One row for each pair of nodes in layers that follow each other. Widths vary, as weights do.
edges <- do.call(rbind, Map(function(from, to) {
  pairs <- expand.grid(y1 = from$y, y2 = to$y)
  data.frame(x1 = from$x, x2 = to$x, pairs, width = 0.8 + (7 * seq_len(nrow(pairs))) %% 5 / 3)
}, layers[-3L], layers[-1L]))

as_svg <- function(shapes) {
  c(
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 240 278" role="img">',
    "<title>feedforward</title>", shapes, "</svg>"
  )
}

shapes <- function() {
  c(
    sprintf(
      '<polygon points="%s" fill="%s" stroke="%s" stroke-width="7" stroke-linejoin="round"/>',
      paste(hexagon$x, hexagon$y, sep = ",", collapse = " "), background, edge_color
    ),
    sprintf(
      '<line x1="%g" y1="%g" x2="%g" y2="%g" stroke="%s" stroke-width="%.1f"/>',
      edges$x1, edges$y1, edges$x2, edges$y2, edge_color, edges$width
    ),
    unlist(Map(function(layer, color) {
      sprintf('<circle cx="%g" cy="%g" r="10" fill="%s"/>', layer$x, layer$y, color)
    }, layers, node_colors))
  )
}

caption <- function() {
  paste0(
    '<text x="120" y="219" text-anchor="middle" fill="#FFFFFF" font-size="24" ',
    'font-family="Helvetica, Arial, sans-serif" font-weight="bold">feedforward</text>'
  )
}

# The same shapes on a square PNG.
draw_icon <- function(path, size) {
  grDevices::png(path, size, size, bg = "transparent", type = "cairo")
  old <- graphics::par(mar = c(0, 0, 0, 0), xaxs = "i", yaxs = "i")
  graphics::plot.new()
  graphics::plot.window(c(-19, 259), c(278, 0))
  graphics::polygon(hexagon, col = background, border = edge_color, lwd = size / 60)
  graphics::segments(
    edges$x1, edges$y1, edges$x2, edges$y2,
    col = edge_color, lwd = edges$width * size / 250
  )
  for (i in 1:3) {
    graphics::points(
      rep(layers[[i]]$x, length(layers[[i]]$y)), layers[[i]]$y,
      pch = 19, col = node_colors[i], cex = size / 100
    )
  }
  graphics::par(old)
  grDevices::dev.off()
}

# An ICO file is a header of 22 bytes and a PNG.
write_ico <- function(png, path, size) {
  bytes <- readBin(png, "raw", file.size(png))
  connection <- file(path, "wb")
  on.exit(close(connection))
  writeBin(as.raw(c(0, 0, 1, 0, 1, 0, size, size, 0, 0, 1, 0, 32, 0)), connection)
  writeBin(c(length(bytes), 22L), connection, size = 4L, endian = "little")
  writeBin(bytes, connection)
}

main()
