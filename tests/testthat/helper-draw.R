# The page of draw_digits(), in Node.js and in a browser.

# Evaluates JavaScript with the functions of the page and with `input`, a value from R. `code` is an
# expression, and `text` is the data of the page.
run_page <- function(path, code, input) {
  file <- withr::local_tempfile(lines = jsonlite::toJSON(input, digits = NA, auto_unbox = TRUE))
  script <- c(
    "const fs = require('fs');",
    "const blocks = fs.readFileSync(process.argv[2], 'utf8').match(/<script[^]*?<\\/script>/g);",
    "const [text, page] = blocks.map((b) => b.replace(/^<script[^>]*>|<\\/script>$/g, ''));",
    "const input = JSON.parse(fs.readFileSync(process.argv[3]));",
    sprintf("const run = new Function('text', 'input', page + %s);",
      jsonlite::toJSON(paste0("\nreturn ", code, ";"), auto_unbox = TRUE)),
    "console.log(JSON.stringify(run(text, input)));"
  )
  jsonlite::fromJSON(run_node(script, character(), c(path, file)), simplifyMatrix = TRUE)
}

# Opens the page in Chromium and runs JavaScript there. In `code`, `page` is the page of Playwright,
# draw(strokes) draws with the mouse, and best() is the answer. Returns what `code` returns, as
# `value`, and the messages and requests of the page.
visit_page <- function(path, code, input = NULL, width = 1000) {
  skip_without_node("playwright-core")
  chromium <- skip_without_chromium()
  # Chromium leaves its profile and logs there.
  home <- withr::local_tempdir()
  withr::local_envvar(HOME = home, TMPDIR = home, XDG_CONFIG_HOME = home, XDG_CACHE_HOME = home)
  file <- withr::local_tempfile(lines = jsonlite::toJSON(input, digits = 8, auto_unbox = TRUE))
  script <- c(
    "const { chromium } = require('playwright-core');",
    "const [path, file, program, width] = process.argv.slice(2);",
    "const input = JSON.parse(require('fs').readFileSync(file));",
    "const seen = { messages: [], requests: [] };",
    "(async () => {",
    "  const browser = await chromium.launch({ executablePath: program, args: ['--no-sandbox'] });",
    "  const page = await browser.newPage({ viewport: { width: Number(width), height: 800 } });",
    "  page.on('console', (message) => seen.messages.push(message.text()));",
    "  page.on('pageerror', (error) => seen.messages.push(error.message));",
    "  page.on('dialog', (dialog) => { seen.messages.push(dialog.message()); dialog.dismiss(); });",
    "  page.on('request', (request) => seen.requests.push(request.url()));",
    "  await page.goto('file://' + path);",
    "  const pad = page.locator('#pad');",
    "  const best = () => page.textContent('#best');",
    "  const client = await page.context().newCDPSession(page);",
    "  async function draw(strokes) {",
    "    const box = await pad.boundingBox(), sent = [];",
    "    const mouse = (type, p, buttons) => sent.push(client.send('Input.dispatchMouseEvent', {",
    "      type, buttons, button: buttons ? 'left' : 'none', clickCount: 1,",
    "      x: box.x + p[0] * box.width, y: box.y + p[1] * box.height }));",
    # All at once, since the browser answers each one only with its next frame.
    "    for (const stroke of strokes) {",
    "      mouse('mouseMoved', stroke[0], 0);",
    "      mouse('mousePressed', stroke[0], 1);",
    "      for (const point of stroke) mouse('mouseMoved', point, 1);",
    "      mouse('mouseReleased', stroke[stroke.length - 1], 1);",
    "    }",
    "    await Promise.all(sent);",
    "  }",
    "  seen.value = await (async () => {", code, "})();",
    "  await browser.close();",
    "  console.log(JSON.stringify(seen));",
    "})().catch((error) => { console.error(error); process.exit(1); });"
  )
  jsonlite::fromJSON(run_node(script, "playwright-core", c(path, file, chromium, width)))
}

skip_without_chromium <- function() {
  found <- Sys.which(c("chromium", "chromium-browser", "google-chrome"))
  found <- found[nzchar(found)]
  skip_if(!length(found), "Chromium is not installed")
  found[[1L]]
}
