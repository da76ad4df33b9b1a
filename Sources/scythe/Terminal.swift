import Glibc
import Scythe

/// What standard output, or standard error, can show.
struct Terminal {
  /// How wide a line may be.
  let columns: Int
  /// How many lines there are.
  let rows: Int
  /// Whether a person looks at it: lines may be drawn over.
  let isInteractive: Bool
  /// Whether colours are wanted: see no-color.org.
  let hasColour: Bool
  /// Whether characters outside of ASCII are shown.
  let hasUnicode: Bool

  /// Looks at a descriptor and at the environment. What is no terminal gets 100 columns, and no colours.
  init(descriptor: CInt) {
    let kind = Terminal.variable("TERM")
    isInteractive = isatty(descriptor) == 1 && kind != nil && kind != "dumb"
    hasColour = isInteractive && (Terminal.variable("NO_COLOR") ?? "").isEmpty
    let locale = ["LC_ALL", "LC_CTYPE", "LANG"].compactMap { Terminal.variable($0) }.first { !$0.isEmpty } ?? ""
    hasUnicode = locale.uppercased().contains("UTF-8") || locale.uppercased().contains("UTF8")
    var size = winsize()
    let isKnown = unsafe isInteractive && ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0 && size.ws_col > 0
    columns = isKnown ? Int(size.ws_col) : 100
    rows = isKnown && size.ws_row > 1 ? Int(size.ws_row) : 24
  }

  private static func variable(_ name: String) -> String? {
    guard let value = unsafe getenv(name) else { return nil }
    return unsafe String(cString: value)
  }

  /// The colours that are used, by their meaning.
  enum Colour: Int {
    case bad = 31
    case good = 32
    case neutral = 36
  }

  /// A text in a colour, where there are colours.
  func coloured(_ text: String, _ colour: Colour) -> String {
    hasColour ? "\u{1B}[\(colour.rawValue)m\(text)\u{1B}[0m" : text
  }

  /// A bar for a share of one, as wide as `width` characters if the share is whole.
  ///
  /// - Parameter isOpen: whether what it shows has not ended where the bar ends.
  func bar(_ share: Double, width: Int, isOpen: Bool) -> String {
    if isOpen { return String(repeating: hasUnicode ? "░" : ".", count: width) }
    let share = min(max(share, 0), 1)
    guard hasUnicode else { return String(repeating: "#", count: max(1, Int((share * Double(width)).rounded()))) }
    // Eighths of a character: what is too short for one is still seen.
    let eighths = max(1, Int((share * Double(width) * 8).rounded()))
    let parts = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"]
    return String(repeating: "█", count: eighths / 8) + parts[eighths % 8]
  }
}

/// One line on standard error that says what is going on, drawn over by the next; nothing where nobody looks.
struct Progress {
  private let terminal = Terminal(descriptor: 2)

  /// Shows a line.
  func show(_ text: String) {
    guard terminal.isInteractive else { return }
    write("\r\u{1B}[K\(text.prefix(terminal.columns - 1))")
  }

  /// Takes it away.
  func clear() {
    if terminal.isInteractive { write("\r\u{1B}[K") }
  }

  private func write(_ text: String) {
    let bytes = Array(text.utf8)
    StandardStream.error.write(bytes.span)
  }
}
