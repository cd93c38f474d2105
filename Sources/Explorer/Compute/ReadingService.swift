import Engine
import Glibc
import RunFiles
import Synchronization

/// The compute side where there is no model: it opens and saves files, and can compute nothing. It
/// answers at once, in the thread that asks.
public final class ReadingService: ComputeService {
  private let events = EventMailbox()
  private let desk = Mutex(RunDesk())
  private let noModel: String

  /// - Parameters:
  ///   - file: the session that is to be looked at.
  ///   - noModel: why nothing can be computed, as a sentence without its point.
  public init(_ file: RunFile, noModel: String) {
    self.noModel = noModel
    events.post(.opened(file.manifest.summary, file.vocabulary))
  }

  public var readyDescriptor: Int32 { events.descriptor }
  public func takeEvents() -> [ComputeEvent] { events.take() }
  public func cancel() {}
  public func drop(_ asked: Asked) {}
  public func settle() {}
  public var isIdle: Bool { events.isEmpty }
  public func shutDown() {}

  public func submit(_ request: ComputeRequest) {
    do {
      switch request {
      case .open(let path, _):
        let reason = noModel
        events.post(.reopened(try desk.withLock { try $0.open(path, noModel: reason) }))
      case .save(let order):
        events.post(.saved(order.path, bytes: try desk.withLock { try $0.save(order, nil) }))
      case .watch: break
      default: events.post(.failed(request.asked, message: "\(noModel)."))
      }
    } catch {
      events.post(.failed(.file, message: "\(error)"))
    }
  }
}
