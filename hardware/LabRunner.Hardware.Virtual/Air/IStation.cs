namespace LabRunner.Hardware.Virtual.Air;

/// <summary>A station as the access point knows it. All calls on the engine's thread.</summary>
internal interface IStation
{
    /// <summary>Lower case with colons.</summary>
    string Mac { get; }

    string HostName { get; }

    /// <summary>The address that the server has for it as long as nobody says otherwise.</summary>
    string UsualAddress { get; }

    /// <summary>The access point hands out a new group key; false: the station does not answer.</summary>
    bool TakesGroupKey();

    /// <summary>The link is gone.</summary>
    void LinkLost(LinkLoss loss);
}
