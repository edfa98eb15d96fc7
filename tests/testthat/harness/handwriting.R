# Digits as strokes of a pen, to be drawn on the page of draw_digits(). They are arcs and lines, and
# have nothing in common with the strokes of synthetic_digits(). A stroke is a matrix with columns x
# and y, in shares of the square.

# Returns a list of n drawings of each digit, from 0 to 9: several writings, each by another hand.
handwriting <- function(n) {
  unlist(lapply(handwritten_digits(), function(writings) {
    lapply(seq_len(n), function(k) by_hand(writings[[(k - 1L) %% 2L + 1L]]))
  }), recursive = FALSE)
}

# Angles are in degrees: 0 is right and 90 is down.
arc <- function(x, y, width, height, from, to) {
  angle <- seq(from, to, length.out = 14) * pi / 180
  cbind(x + width * cos(angle), y + height * sin(angle))
}

polyline <- function(...) {
  ends <- matrix(c(...), ncol = 2L, byrow = TRUE)
  at <- seq(1, nrow(ends), by = 1 / 4)
  apply(ends, 2L, function(value) stats::approx(seq_along(value), value, at)$y)
}

handwritten_digits <- function() {
  t <- seq(0, 2 * pi, length.out = 28)
  eight <- cbind(0.5 + (0.19 + 0.025 * (1 - cos(t))) * sin(2 * t), 0.5 - 0.41 * cos(t))
  list(
    list(list(arc(.5, .5, .29, .42, -70, -430)), list(arc(.5, .5, .24, .42, -110, -465))),
    list(list(polyline(.52, .08, .47, .93)), list(polyline(.34, .27, .53, .08, .52, .92))),
    list(
      list(rbind(arc(.47, .3, .24, .22, -165, 30), polyline(.68, .41, .22, .9, .8, .88))),
      list(rbind(
        arc(.47, .29, .25, .2, -150, 40), polyline(.66, .42, .36, .8),
        arc(.3, .82, .09, .08, -20, -200), polyline(.22, .85, .45, .86, .82, .93)
      ))
    ),
    list(
      list(rbind(arc(.45, .29, .22, .2, -150, 90), arc(.45, .71, .26, .22, -90, 140))),
      list(rbind(polyline(.22, .1, .7, .1, .43, .43), arc(.45, .68, .26, .25, -95, 140)))
    ),
    list(
      list(polyline(.38, .08, .2, .58, .8, .57), polyline(.62, .32, .59, .95)),
      list(polyline(.6, .07, .18, .62, .84, .62), polyline(.6, .07, .6, .95))
    ),
    list(
      list(
        rbind(polyline(.31, .1, .28, .45), arc(.44, .67, .27, .26, -125, 130)),
        polyline(.31, .1, .74, .08)
      ),
      list(rbind(polyline(.74, .09, .33, .1, .29, .47), arc(.44, .68, .27, .25, -120, 140)))
    ),
    list(
      list(rbind(arc(.75, .6, .5, .55, -110, -180), arc(.48, .7, .23, .22, -180, -530))),
      list(rbind(polyline(.52, .06, .34, .4, .27, .68), arc(.49, .7, .22, .21, -180, -500)))
    ),
    list(
      list(polyline(.2, .12, .78, .1, .42, .93)),
      list(polyline(.22, .13, .76, .1, .44, .93), polyline(.35, .52, .7, .49))
    ),
    list(list(eight), list(arc(.5, .29, .18, .19, -90, 270), arc(.5, .7, .24, .22, -90, 270))),
    list(
      list(rbind(arc(.48, .31, .22, .22, -20, -375), polyline(.7, .25, .63, .93))),
      list(rbind(arc(.47, .3, .22, .2, -10, -365), arc(.35, .5, .34, .42, -30, 110)))
    )
  )
}

# Returns a writing with another slant, rotation, size, proportion, and place, and with a tremble.
by_hand <- function(strokes, tremble = 0.012) {
  slant <- stats::runif(1, -0.1, 0.35)
  angle <- stats::rnorm(1, 0, 0.07)
  size <- stats::runif(1, 0.35, 0.95)
  wide <- exp(stats::rnorm(1, 0, 0.12))
  middle <- stats::runif(2, size / 2, 1 - size / 2)
  lapply(strokes, function(stroke) {
    y <- stroke[, 2L] - 0.5
    x <- (stroke[, 1L] - 0.5) * wide - slant * y
    t <- seq(0, 1, length.out = length(x))
    wobble <- function() {
      waves <- sin(2 * pi * (1.5 * t + stats::runif(1))) + stats::rnorm(1)
      tremble * (waves + 0.5 * stats::rnorm(length(t)))
    }
    right <- middle[1L] + size * (cos(angle) * x - sin(angle) * y + wobble())
    down <- middle[2L] + size * (sin(angle) * x + cos(angle) * y + wobble())
    pmin(pmax(cbind(right, down), 0), 1)
  })
}
