using LabRunner.Hardware.Faults;

namespace LabRunner.Hardware.Drivers.Network.AccessPoint.StandIns;

/// <summary>A server of the driver's own that nftables leads a station's questions to, in place of the real one.</summary>
internal interface IStandIn : IAsyncDisposable
{
    /// <summary>Its port on this machine; 0 before it is started.</summary>
    int Port { get; }

    /// <summary>Opens a free port and answers from then on.</summary>
    /// <param name="place">For messages.</param>
    /// <exception cref="BenchFaultException">Kind Network: no port can be opened.</exception>
    void Start(string place);
}
