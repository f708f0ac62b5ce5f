//! Who may do what, in the few forms that there are. A status is chosen here by what somebody is to whom, never by what the server
//! happened to answer.

/// Who asks. The order, product and so on that are asked about are the owner's, and the goods are the seller's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Caller {
    /// No token.
    Nobody,
    /// A customer who has nothing to do with it.
    OtherCustomer,
    /// Whose it is: the buyer of the order, the writer of the review, one side of the conversation.
    Owner,
    /// A seller who has nothing to do with it.
    OtherSeller,
    /// Who sells it: the other side of the order and of the conversation.
    Seller,
    /// A customer who helps to run the marketplace.
    Staff,
    /// Who runs the marketplace.
    Admin,
}

impl Caller {
    pub(super) const ALL: [Self; 7] =
        [Self::Nobody, Self::OtherCustomer, Self::Owner, Self::OtherSeller, Self::Seller, Self::Staff, Self::Admin];
}

impl Caller {
    /// What the one who has an account is called in the world.
    pub(super) const fn name(self) -> Option<&'static str> {
        match self {
            Self::Nobody => None,
            Self::OtherCustomer => Some("other customer"),
            Self::Owner => Some("owner"),
            Self::OtherSeller => Some("other seller"),
            Self::Seller => Some("seller"),
            Self::Staff => Some("staff"),
            Self::Admin => Some("admin"),
        }
    }
}

/// What each caller is answered, in the order of [`Caller::ALL`].
pub(super) type Statuses = [u16; 7];

/// Anybody, with or without a token.
pub(super) const fn anybody(status: u16) -> Statuses {
    [status; 7]
}

/// Whoever has an account: it is about themselves.
pub(super) const fn accounts(status: u16) -> Statuses {
    [401, status, status, status, status, status, status]
}

/// Whoever may sell. The admin may; staff by itself does not make a seller.
pub(super) const fn sellers(status: u16) -> Statuses {
    [401, 403, 403, status, status, 403, status]
}

/// Those who look at what others do, and moderate.
pub(super) const fn staff(status: u16) -> Statuses {
    [401, 403, 403, 403, 403, status, status]
}

/// Who runs the marketplace.
pub(super) const fn admins(status: u16) -> Statuses {
    [401, 403, 403, 403, 403, 403, status]
}

/// The owner alone. To everybody else, whatever their role, there is no such thing.
pub(super) const fn owner(status: u16) -> Statuses {
    [401, 404, status, 404, 404, 404, 404]
}

/// The two sides of it. To everybody else, whatever their role, there is no such thing.
pub(super) const fn sides(status: u16) -> Statuses {
    [401, 404, status, 404, status, 404, 404]
}

/// The buyer, the seller and the admin of an order. To everybody else there is no such order.
pub(super) const fn parties(status: u16) -> Statuses {
    [401, 404, status, 404, status, 404, status]
}

/// The seller whose it is. To other sellers there is no such thing; those who don't sell have no business there.
pub(super) const fn seller_alone(status: u16) -> Statuses {
    [401, 403, 403, 404, status, 403, 404]
}

/// The seller of a product that everybody can see: that it exists is no secret, so it is forbidden to other sellers, and selling to
/// those who don't.
pub(super) const fn seller_of_it(status: u16) -> Statuses {
    [401, 403, 403, 403, status, 403, 403]
}
