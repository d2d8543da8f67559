namespace HubCache;

/// <summary>By which way the bytes of files come that the Hub keeps in Xet.</summary>
public enum Transport
{
    /// <summary>By Xet where it pays, else by HTTP; by the other one from the byte on where one fails.</summary>
    Auto,

    /// <summary>By plain HTTP, which the Hub serves such files by over a bridge.</summary>
    Http,

    /// <summary>By Xet alone, however small the file is. What is not in Xet comes by HTTP.</summary>
    Xet,
}
