using System.Device.Gpio;
using LabRunner.Hardware.Lines;

namespace LabRunner.Hardware.Drivers.Gpio;

/// <summary>The callbacks and waits of <see cref="GpioDriver"/> made of watches of stamped edges. Thread safe.</summary>
internal sealed class EdgeCallbacks(GpioDriver driver, ILineEdges edges)
{
    private readonly Lock _gate = new();
    private readonly List<(int Line, PinChangeEventHandler Handler, IDisposable Watch)> _callbacks = [];

    /// <summary>GpioDriver.AddCallbackForPinValueChangedEvent.</summary>
    public void Add(int line, PinEventTypes types, PinChangeEventHandler callback)
    {
        IDisposable watch = edges.Watch(line, edge =>
        {
            if (types.HasFlag(Type(edge)))
            {
                callback(driver, new PinValueChangedEventArgs(Type(edge), line));
            }
        });
        lock (_gate)
        {
            _callbacks.Add((line, callback, watch));
        }
    }

    /// <summary>GpioDriver.RemoveCallbackForPinValueChangedEvent.</summary>
    public void Remove(int line, PinChangeEventHandler callback)
    {
        (int Line, PinChangeEventHandler Handler, IDisposable Watch)[] gone;
        lock (_gate)
        {
            gone = [.. _callbacks.Where(entry => entry.Line == line && entry.Handler == callback)];
            _callbacks.RemoveAll(entry => entry.Line == line && entry.Handler == callback);
        }

        foreach ((int _, PinChangeEventHandler _, IDisposable watch) in gone)
        {
            watch.Dispose();
        }
    }

    /// <summary>Drops the callbacks of a line that closes.</summary>
    public void Clear(int line)
    {
        lock (_gate)
        {
            _callbacks.RemoveAll(entry => entry.Line == line);
        }
    }

    /// <summary>GpioDriver.WaitForEvent; a cancelled wait is a timeout, as the base class has it.</summary>
    public WaitForEventResult Wait(int line, PinEventTypes types, CancellationToken cancellationToken)
    {
        using ManualResetEventSlim happened = new();
        PinEventTypes type = PinEventTypes.None;
        void OnEdge(LineEdge edge)
        {
            if (types.HasFlag(Type(edge)) && !happened.IsSet)
            {
                type = Type(edge);
                happened.Set();
            }
        }

        IDisposable watch = edges.Watch(line, OnEdge);
        try
        {
            happened.Wait(cancellationToken);
            return new WaitForEventResult { EventTypes = type };
        }
        catch (OperationCanceledException)
        {
            return new WaitForEventResult { TimedOut = true };
        }
        finally
        {
            watch.Dispose();
        }
    }

    private static PinEventTypes Type(LineEdge edge) => edge.Rising ? PinEventTypes.Rising : PinEventTypes.Falling;
}
