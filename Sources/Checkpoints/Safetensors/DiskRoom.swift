import Foundation

/// How much a disk takes.
public enum DiskRoom {
  /// Bytes free for us on the disk of a file or folder that need not be there yet; nil when nobody
  /// says.
  public static func available(at path: String) -> Int? {
    var place = URL(fileURLWithPath: path).standardizedFileURL.path
    var status = statvfs()
    while statvfs(place, &status) != 0 {
      guard place != "/", !place.isEmpty else { return nil }
      place = (place as NSString).deletingLastPathComponent
    }
    let (room, isTooLarge) = Int(clamping: status.f_bavail).multipliedReportingOverflow(
      by: Int(clamping: status.f_frsize))
    return isTooLarge ? nil : room
  }
}
