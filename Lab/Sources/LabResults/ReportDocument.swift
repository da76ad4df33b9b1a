/// A report before it is Markdown or HTML: all texts are plain here.
struct ReportDocument {
  var title: String
  /// What must be known before any number is read.
  var lead: [String]
  /// Names and values about the whole.
  var facts: [(name: String, value: String)]
  var sections: [ReportSection]
}

/// A part of a report under one heading.
struct ReportSection {
  var title: String
  /// Paragraphs.
  var notes: [String] = []
  var charts: [ReportChart] = []
  var tables: [ReportTable] = []
  /// Lines of a list.
  var lines: [String] = []

  /// Whether there is anything to be read in it.
  var isEmpty: Bool { charts.isEmpty && tables.isEmpty && lines.isEmpty }
}

/// A table, and what repeats its rows.
struct ReportTable {
  /// What a column is called, and how it is aligned.
  struct Head {
    var title: String
    var isNumber = false
  }

  /// What a cell says; its text says it too, for whoever sees no colours.
  enum Tone {
    case plain, good, bad, soft
  }

  struct Cell {
    var text: String
    /// What is said in addition, smaller.
    var detail: String?
    var tone = Tone.plain

    init(_ text: String, detail: String? = nil, _ tone: Tone = .plain) {
      self.text = text
      self.detail = detail
      self.tone = tone
    }
  }

  struct Row {
    /// What it has in common with its neighbours: the first column, or a line above them.
    var group: String
    var cells: [Cell]
    var commands: [String] = []
  }

  var caption: String
  /// Whether it is seen at once on a page.
  var isOpen = true
  /// What the groups are.
  var groupTitle: String
  /// Of the cells, without that of the groups.
  var heads: [Head]
  var rows: [Row]

  /// The commands of rows, by what the row is about: the name of its group, without what that means.
  var repeats: [(what: String, commands: [String])] {
    rows.compactMap { row in
      let name = row.group.split(separator: ": ", maxSplits: 1).first ?? ""
      return row.commands.isEmpty ? nil : ("\(name), \(row.cells.first?.text ?? "")", row.commands)
    }
  }
}

/// A chart of points on one axis, a row for each killer. It says no more than a table does.
struct ReportChart: Encodable, Equatable {
  /// What a value is, and so how the axis is labelled.
  enum Unit: String, Encodable {
    case microseconds, bytes, number
  }

  /// How a row looks.
  enum Kind: String, Encodable {
    case scythe, kernel, other
  }

  struct Row: Encodable, Equatable {
    var label: String
    var kind: Kind
    /// `nil` if there is no value, or it is never.
    var value: Double?
    var low: Double?
    /// `nil` with a value if it is never in some repetition.
    var high: Double?
    var isNever = false
    /// What is written beside the point, or in its place.
    var text: String
  }

  /// Charts of one group stand together.
  var group: String
  var platform: String
  var title: String
  var unit: Unit
  /// The axis is the same in all charts that are compared by eye.
  var least: Double
  var most: Double
  var rows: [Row]
}
